#include "detectors/verdict/judge.h"
