#include "reports/gate/gate.h"
