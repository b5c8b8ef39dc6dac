#include "rules/catalog/provider.h"
