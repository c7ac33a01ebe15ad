/* Real numbers as text, always with a point: strtod and printf follow the locale of the
 * program that the library is linked to. */
#ifndef GNN_CORE_NUMBER_H
#define GNN_CORE_NUMBER_H

#include <stdbool.h>

enum { GNN_I_REAL_SIZE = 40 };

/* Read the decimal number ("-1.5e3") that text begins with; *end is what follows it, as
 * for strtod. False, with *end = text, when there is none. Beyond the range of double
 * *value is infinite. */
bool gnn_i_real_parse(const char *text, const char **end, double *value);
/* Write the shortest decimal that reads back as the same double; returns text. */
const char *gnn_i_real_print(double value, char text[GNN_I_REAL_SIZE]);

#endif
