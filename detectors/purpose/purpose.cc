#include "detectors/purpose/purpose.h"
