/* Bags of words. */
#include "named/gloss.h"

#include <stdlib.h>
#include <string.h>

#include "text/grow.h"
#include "text/sort_names.h"

gnn_status data_i_glosses_init(data_i_glosses *glosses) {
    *glosses = (data_i_glosses){0};
    return gnn_names_new(&glosses->words);
}

void data_i_glosses_clear(data_i_glosses *glosses) {
    gnn_names_free(glosses->words);
    gnn_i_free(glosses->n_texts);
    gnn_i_free(glosses->last);
    gnn_i_free(glosses->word);
    gnn_i_free(glosses->end);
    *glosses = (data_i_glosses){0};
}

static gnn_status add_word(data_i_glosses *glosses, const char *word, size_t length) {
    gnn_status status;
    int64_t row, before = gnn_names_count(glosses->words);
    GNN_TRY(gnn_names_add(glosses->words, word, length, &row));
    if (row == before) {
        GNN_TRY(data_i_grow(&glosses->n_texts, &glosses->n_texts_capacity, row + 1,
                            sizeof *glosses->n_texts, "words"));
        GNN_TRY(data_i_grow(&glosses->last, &glosses->last_capacity, row + 1,
                            sizeof *glosses->last, "words"));
        glosses->n_texts[row] = 0;
        glosses->last[row] = -1;
    }
    if (glosses->last[row] == glosses->n) return GNN_OK;
    GNN_TRY(data_i_grow(&glosses->word, &glosses->word_capacity, glosses->n_entries + 1,
                        sizeof *glosses->word, "words"));
    glosses->last[row] = glosses->n;
    glosses->n_texts[row]++;
    glosses->word[glosses->n_entries++] = (gnn_id)row;
cleanup:
    return status;
}

gnn_status data_i_glosses_add(data_i_glosses *glosses, data_i_field text) {
    enum { LONGEST = 64 };
    gnn_status status;
    char word[LONGEST];
    size_t length = 0;
    for (size_t i = 0; i <= text.length; i++) {
        char c = i < text.length ? (char)(text.text[i] | 0x20) : ' ';
        bool is_letter = c >= 'a' && c <= 'z';
        if (is_letter && length < LONGEST) word[length++] = c;
        if (is_letter || length == 0) continue;
        GNN_TRY(add_word(glosses, word, length));
        length = 0;
    }
    GNN_TRY(data_i_grow(&glosses->end, &glosses->end_capacity, glosses->n + 1,
                        sizeof *glosses->end, "texts"));
    glosses->end[glosses->n++] = glosses->n_entries;
cleanup:
    return status;
}

/* column[word], -1 for words that get none. */
static gnn_status choose_columns(const data_i_glosses *glosses, int64_t least,
                                 const gnn_names *fixed, gnn_id *column,
                                 gnn_names **vocabulary) {
    gnn_status status;
    gnn_names *chosen = NULL;
    int64_t n = gnn_names_count(glosses->words), row;
    if (fixed != NULL)
        GNN_TRY(data_i_names_copy(fixed, &chosen));
    else
        GNN_TRY(gnn_names_new(&chosen));
    for (int64_t i = 0; i < n; i++) {
        const char *word = gnn_names_get(glosses->words, i, NULL);
        row = gnn_names_find(chosen, word, strlen(word));
        if (row < 0 && fixed == NULL && glosses->n_texts[i] >= least)
            GNN_TRY(gnn_names_add(chosen, word, strlen(word), &row));
        column[i] = (gnn_id)row;
    }
    GNN_CHECK(gnn_names_count(chosen) > 0, GNN_ERR_INPUT,
              "no word occurs in %d texts or more", (int)least);
    *vocabulary = chosen;
    chosen = NULL;
cleanup:
    gnn_names_free(chosen);
    return status;
}

static int by_id(const void *left, const void *right) {
    const gnn_id *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

gnn_status data_i_glosses_finish(const data_i_glosses *glosses, int64_t least,
                                 const gnn_names *fixed, gnn_tensor **features,
                                 gnn_names **vocabulary) {
    gnn_status status;
    gnn_id *column = NULL, *kept = NULL;
    gnn_off *row_ptr = NULL, n = 0, at = 0;
    *features = NULL;
    *vocabulary = NULL;
    size_t n_words = (size_t)gnn_names_count(glosses->words);
    GNN_TRY(gnn_i_alloc(&column, n_words, sizeof *column, "words"));
    GNN_TRY(gnn_i_alloc(&kept, (size_t)glosses->n_entries, sizeof *kept, "words"));
    GNN_TRY(gnn_i_alloc(&row_ptr, (size_t)glosses->n + 1, sizeof *row_ptr, "words"));
    GNN_TRY(choose_columns(glosses, least, fixed, column, vocabulary));
    row_ptr[0] = 0;
    for (int64_t i = 0; i < glosses->n; i++) {
        for (; at < glosses->end[i]; at++)
            if (column[glosses->word[at]] >= 0) kept[n++] = column[glosses->word[at]];
        size_t in_row = (size_t)(n - row_ptr[i]);
        if (in_row > 1) qsort(kept + row_ptr[i], in_row, sizeof *kept, by_id);
        row_ptr[i + 1] = n;
    }
    GNN_TRY(gnn_tensor_new_sparse(GNN_AXIS_NODE, glosses->n, gnn_names_count(*vocabulary),
                                  row_ptr, kept, NULL, features));
cleanup:
    gnn_i_free(column);
    gnn_i_free(kept);
    gnn_i_free(row_ptr);
    if (status != GNN_OK) {
        gnn_names_free(*vocabulary);
        *vocabulary = NULL;
    }
    return status;
}
