#include "detectors/probe/probe.h"
