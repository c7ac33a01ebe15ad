/* Files that come out: data directories, splits, tables. Each is written beside its
 * place and moved there when it is complete, so that a failure leaves what was there
 * before. */
#ifndef DATASETS_WRITE_H
#define DATASETS_WRITE_H

#include <datasets/datasets.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Errors of all: GNN_ERR_OUTPUT naming the file and the system's reason, GNN_ERR_MEMORY.
 * A path of "-" is the standard output. */

/** (n, d) or (n) of any dtype but bf16 as NumPy's .npy, version 1.0, C order. A sparse
 *  tensor is written dense. */
GNN_API gnn_status data_write_npy(const char *path, const gnn_tensor *tensor);
/** A line a row: name⇥value⇥value… Values are the shortest decimals that read back equal.
 *  names NULL: no first column. Sparse tensors: name⇥index:value index:value … */
GNN_API gnn_status data_write_tsv(const char *path, const gnn_names *names,
                                  const gnn_tensor *tensor);
/** word2vec's text format: a line `rows columns`, then `name value value …`. Blanks in
 *  names become _. Errors: GNN_ERR_INPUT where that makes two names one. */
GNN_API gnn_status data_write_word2vec(const char *path, const gnn_names *names,
                                       const gnn_tensor *tensor);
/** word2vec's binary format: a line `rows columns`, then for each row its name, a blank,
 *  the values in single precision, little-endian, and a newline. Names and errors as
 *  above. */
GNN_API gnn_status data_write_word2vec_binary(const char *path, const gnn_names *names,
                                              const gnn_tensor *tensor);
/** split.tsv: node⇥train|val|test, nodes of no part left out.
 *  part (n_nodes) as in data_nodes. */
GNN_API gnn_status data_write_split(const char *path, const gnn_names *names,
                                    const uint8_t *part);
/** A data directory, made if need be: edges.tsv, nodes.tsv (string ids or titles),
 *  features.tsv or features.npy (made features, too), labels.tsv, split.tsv; files for
 *  what `nodes` lacks are left out. Undirected graphs list each pair once. Reading it
 *  gives the same data again. */
GNN_API gnn_status data_write_directory(const char *path, const data_nodes *nodes);

#ifdef __cplusplus
}
#endif

#endif
