#include "scanner/source/source.h"
