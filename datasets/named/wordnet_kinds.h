/* Names that WordNet's files leave to its manual pages. Private to the WordNet reader. */
#ifndef DATASETS_NAMED_WORDNET_KINDS_H
#define DATASETS_NAMED_WORDNET_KINDS_H

#include "text/scan.h"

/* Lexicographer files by their numbers, lexnames(5WN). */
enum { DATA_I_WORDNET_CLASSES = 45 };
extern const char *const data_i_wordnet_classes[DATA_I_WORDNET_CLASSES];

/* A kind of pointer: its symbol in the files (wninput(5WN); "" for kinds that are only
 * inverses of others), its name, and which kind the same pair has the other way round. */
typedef struct data_i_wordnet_kind {
    const char *symbol, *name;
    int inverse;
    const char *relation; /* as a relation of triples; NULL: its inverse is taken */
} data_i_wordnet_kind;
enum { DATA_I_WORDNET_KINDS = 30 };
extern const data_i_wordnet_kind data_i_wordnet_kinds[DATA_I_WORDNET_KINDS];

/* The kind of a symbol, -1 for none. */
int data_i_wordnet_kind_of(data_i_field symbol);

#endif
