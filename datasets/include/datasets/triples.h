/* Knowledge graphs: files of triples, the names beside them, WordNet as triples. */
#ifndef DATASETS_TRIPLES_H
#define DATASETS_TRIPLES_H

#include <datasets/datasets.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a file of triples held, beside the triples. */
typedef struct data_triples_notes {
    int64_t n_read;         /**< triples in the file: its lines of data */
    int64_t n_duplicates;   /**< of those: lines with a triple that an earlier line has */
    int64_t n_new_entities; /**< names that joined the tables: their rows are the */
    int64_t n_new_relations; /**< … highest ones, from the count before on */
} data_triples_notes;

/** Read `head⇥relation⇥tail` lines. Names are texts, whatever they look like
 *  (options->ids is ignored). New names join the tables by first appearance; triples keep
 *  the order of their first appearance. Files of one data set are read one after another
 *  into the same tables, training first.
 *  @param relations_from NULL: relations may be new. Else they are closed, as for files
 *         that are read after training, and this says in messages where they came from:
 *         a relation that is not in the table is an error
 *  @param options comment, n_threads, progress; entities_from: as relations_from, of
 *         entities, for vectors that are there; duplicates: DROP (also AUTO) keeps the
 *         first of equal triples, KEEP all, ERROR fails. NULL: all defaults
 *  @param entities, relations tables that are not integers. When reading fails they may
 *         hold names of lines before the one at fault
 *  @param triples filled, owned by the caller (data_triples_clear); empty on failure
 *  @param notes filled; NULL is legal
 *  Errors: GNN_ERR_INPUT with file, line and what was expected, also for a file without a
 *  triple; GNN_ERR_ARGUMENT for tables of integers and for duplicates SUM;
 *  GNN_ERR_MEMORY; GNN_ERR_CANCELLED.
 *  Cost: one pass, parsed in parallel. Memory at its peak: at most 36 bytes a triple
 *  beside the names, and up to 100 MB for what is in flight. */
GNN_API gnn_status data_triples_read(const char *path, const char *relations_from,
                                     const data_options *options, gnn_names *entities,
                                     gnn_names *relations, gnn_triples *triples,
                                     data_triples_notes *notes);
/** Free the columns; the struct itself is the caller's. */
GNN_API void data_triples_clear(gnn_triples *triples);
/** Put triples behind those that are there. On failure nothing has changed.
 *  Errors: GNN_ERR_MEMORY. */
GNN_API gnn_status data_triples_append(gnn_triples *triples, const gnn_triples *more);
/** A hash of the triples as they stand, to tell data sets apart. */
GNN_API uint64_t data_triples_hash(const gnn_triples *triples);

/** Read what people call entities: `name⇥label[⇥description]` a line, as
 *  entity_names.tsv beside triples; without tabs the label is all behind the name.
 *  Names that the table lacks are skipped.
 *  @param labels (gnn_names_count(entities)) the label of each row, NULL where the file
 *         has none. Owned by the caller (data_entity_labels_free); NULL on failure
 *  Errors: GNN_ERR_INPUT with file and line for a name that is listed twice or empty, and
 *  for a file that is not there: callers look first; GNN_ERR_MEMORY. */
GNN_API gnn_status data_entity_labels_read(const char *path, const data_options *options,
                                           const gnn_names *entities,
                                           const char *const **labels);
GNN_API void data_entity_labels_free(const char *const *labels);

/** Who takes a vector that was read; not GNN_OK stops the reading. */
typedef struct data_vector_taker {
    gnn_status (*take)(void *user, gnn_id row, const gnn_real *values);
    void *user;
} data_vector_taker;
typedef struct data_vectors_notes {
    int64_t n_read;    /**< vectors of names in the table */
    int64_t n_unknown; /**< lines with other names, which are skipped */
} data_vectors_notes;
/** Read `name⇥x1⇥x2…` lines, or with blanks between: what gnn export writes as tsv, and
 *  word2vec's text, whose first line tells how many vectors there are and how wide. Each
 *  is handed to the taker with the name's row.
 *  @param width numbers that every vector has to have
 *  Errors: GNN_ERR_INPUT with file and line for another width, what is no finite number,
 *  a name that is empty or listed twice, and for a file without a name of the table;
 *  GNN_ERR_MEMORY; what the taker returns. */
GNN_API gnn_status data_vectors_read(const char *path, const data_options *options,
                                     const gnn_names *names, int64_t width,
                                     const data_vector_taker *taker,
                                     data_vectors_notes *notes);

/** Triples of one data set: what is learned, what training is watched by, what it is
 *  measured by. Everything is owned. */
typedef struct data_triple_sets {
    char *name; /**< short, for reports */
    gnn_names *entities, *relations;
    const char *const *labels; /**< (entities) as data_entity_labels_read gives them */
    gnn_triples train, valid, test;
} data_triple_sets;

/** Read triples by name. Known so far: `wordnet:triples[:FOLDER]`, the pointers between
 *  WordNet 3.0's synsets (FOLDER holds data.noun, data.verb, data.adj and data.adv;
 *  /usr/share/wordnet by default). What comes out:
 *
 *    entities   the synsets that a pointer joins to another, named like `n00001740`;
 *               labels like `entity: that which is perceived ...`
 *    relations  hypernym, derivationally_related_form, member_meronym … 18 kinds. Of two
 *               inverse ones (hypernym, hyponym) one is taken. Those that are their own
 *               inverse (derivationally_related_form, similar_to, antonym, attribute,
 *               verb_group, also_see) hold both directions where WordNet lists both
 *    split      at random by options->seed, with nothing to copy: all triples between the
 *               same two entities are in one set. Training has every entity and relation
 *
 *  @param n_valid, n_test triples to hold out, fewer than 0: 3000. The sets are smaller
 *         when that would take an entity or a relation from training
 *  @param options n_threads, progress, seed; NULL: all defaults
 *  @param sets filled; cleared on failure
 *  Errors: GNN_ERR_ARGUMENT for an unknown name; GNN_ERR_INPUT with file and line;
 *  GNN_ERR_MEMORY; GNN_ERR_CANCELLED.
 *  Source: wndb(5WN), wninput(5WN); one of two inverse relations as in WN18RR, Dettmers
 *  et al. 2018, arXiv:1707.01476. */
GNN_API gnn_status data_triple_sets_read(const char *spec, int64_t n_valid,
                                         int64_t n_test, const data_options *options,
                                         data_triple_sets *sets);
GNN_API void data_triple_sets_clear(data_triple_sets *sets);

#ifdef __cplusplus
}
#endif

#endif
