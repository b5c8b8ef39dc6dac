#include "reports/format/report.h"
