/* The inner loop of the features reader. Private to features.c. */
#ifndef DATASETS_TEXT_FEATURES_PARSE_H
#define DATASETS_TEXT_FEATURES_PARSE_H

#include "text/features.h"
#include "text/window.h"

/* What became of a chunk. Its lines begin at place chunk.line, its entries at
 * chunk.separator of the job's arrays. */
typedef struct data_i_feature_chunk {
    data_i_outcome outcome; /* its n: lines */
    int64_t n_entries;
    gnn_id largest_row;    /* integer mode; -1 for none */
    gnn_id largest_column; /* -1 for none */
} data_i_feature_chunk;

typedef struct data_i_feature_job {
    const data_i_source *source;
    const data_i_ids *ids;
    data_i_layout layout;
    data_i_table_kind kind;
    int64_t width;        /* dense: values a line; sparse: the schema's columns, or 0 */
    bool width_is_forced; /* by the schema */
    data_i_feature_chunk *chunks;
    gnn_id *row;           /* a line: its node */
    gnn_id *count;         /* a line: its entries */
    gnn_id *column;        /* an entry */
    gnn_real *value;       /* an entry */
    const char **id_texts; /* a line: its node, where rows come later; else NULL */
    uint32_t *id_lengths;
    const char **words; /* an entry of WORDS */
    uint32_t *word_lengths;
} data_i_feature_job;

/* A gnn_block_body over the chunks of the window; argument: data_i_feature_job. */
void data_i_features_parse(void *argument, int64_t block, int thread);

/* What a line's first feature says about the file. */
data_i_table_kind data_i_feature_kind(data_i_field token);

#endif
