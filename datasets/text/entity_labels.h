/* Labels of entities as one block. */
#ifndef DATASETS_TEXT_ENTITY_LABELS_H
#define DATASETS_TEXT_ENTITY_LABELS_H

#include <datasets/triples.h>

/* labels[i] = text number of_row[i], NULL where that is -1 or the text is empty. The
 * block (n pointers and the texts that they lead to) is freed with
 * data_entity_labels_free. Errors: GNN_ERR_MEMORY. */
gnn_status data_i_entity_labels_make(const data_texts *texts, const gnn_id *of_row,
                                     int64_t n, const char *const **labels);

#endif
