/* Splits that are drawn (data_split_draw) rather than read. */
#ifndef DATASETS_TEXT_SPLIT_H
#define DATASETS_TEXT_SPLIT_H

#include <datasets/datasets.h>

/* The streams of random numbers that this part draws from. */
enum { DATA_I_SPLIT_STREAM = 0x5f17, DATA_I_FEATURE_STREAM = 0xfea7 };

/* Whether options.split says how to draw a split. */
bool data_i_split_is_drawn(const char *split);

#endif
