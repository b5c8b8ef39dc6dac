#include "detectors/identify/identify.h"
