#include "scanner/match/matcher.h"
