/* WordNet's files in memory: synsets, pointers between them, titles, words. Private to
 * the readers that make something of them. */
#ifndef DATASETS_NAMED_WORDNET_FILES_H
#define DATASETS_NAMED_WORDNET_FILES_H

#include <datasets/datasets.h>

#include "named/gloss.h"

#define DATA_I_WORDNET_FOLDER "/usr/share/wordnet" /* of Debian's wordnet-base */
enum { DATA_I_WORDNET_FILES = 4 };                 /* data.noun, .verb, .adj, .adv */

typedef struct data_i_wordnet_pointer {
    gnn_id source; /* row */
    gnn_id target; /* row; while files are read, the offset in its file */
    int8_t file;   /* of the target */
    int8_t kind;   /* in data_i_wordnet_kinds */
    int32_t line;  /* for messages */
} data_i_wordnet_pointer;

/* Everything is owned. Rows are synsets in the order of the files. Zero is empty. */
typedef struct data_i_wordnet {
    gnn_id *offset;  /* (n) of each synset in its file, ascending within a file */
    gnn_id *lexfile; /* (n) */
    int64_t n, offset_capacity, lexfile_capacity;
    int64_t first[DATA_I_WORDNET_FILES + 1]; /* rows of each file */
    data_i_wordnet_pointer *pointers;
    int64_t n_pointers, pointers_capacity;
    gnn_names *names;   /* `n00001740`: part of speech and offset */
    data_texts *titles; /* `entity: that which is perceived ...` */
    bool has_glosses;
    data_i_glosses glosses; /* the words of the glosses, if they are asked for */
} data_i_wordnet;

/* Read the four files of a folder and resolve the pointers.
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
gnn_status data_i_wordnet_files_read(data_i_wordnet *w, const char *folder,
                                     const data_options *options, bool has_glosses);
void data_i_wordnet_clear(data_i_wordnet *w);

#endif
