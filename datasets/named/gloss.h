/* Words of short texts → a sparse matrix of 0 and 1. */
#ifndef DATASETS_NAMED_GLOSS_H
#define DATASETS_NAMED_GLOSS_H

#include <datasets/datasets.h>

#include "text/scan.h"

/* The words of texts that come one after another. Owned. */
typedef struct data_i_glosses {
    gnn_names *words;
    int64_t *n_texts; /* (words) in how many texts a word occurs */
    int64_t *last;    /* (words) the last text it was seen in */
    int64_t n_texts_capacity, last_capacity;
    gnn_id *word; /* (n_entries) the different words of text 0, text 1 ... */
    int64_t n_entries, word_capacity;
    gnn_off *end; /* (n) where each text's words end */
    int64_t n, end_capacity;
} data_i_glosses;

gnn_status data_i_glosses_init(data_i_glosses *glosses);
void data_i_glosses_clear(data_i_glosses *glosses);
/* Add a text: its words are the runs of ASCII letters, in lower case. */
gnn_status data_i_glosses_add(data_i_glosses *glosses, data_i_field text);
/* The matrix (texts, words), without the words of fewer than `least` texts; with `fixed`
 * the columns are its words, and no others count. `vocabulary` is owned by the caller. */
gnn_status data_i_glosses_finish(const data_i_glosses *glosses, int64_t least,
                                 const gnn_names *fixed, gnn_tensor **features,
                                 gnn_names **vocabulary);

#endif
