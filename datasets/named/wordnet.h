/* WordNet 3.0 as Debian's wordnet-base installs it, as a graph of synsets. */
#ifndef DATASETS_NAMED_WORDNET_H
#define DATASETS_NAMED_WORDNET_H

#include <datasets/datasets.h>

/* The reader `wordnet:lexname[:FOLDER]` (see data_format). FOLDER holds data.noun,
 * data.verb, data.adj and data.adv; /usr/share/wordnet by default. What comes out:
 *
 *   nodes     the synsets in the order of the files; ids as `n00001740` (part of speech
 *             and offset), titles as `entity: that which is perceived ...`
 *   arcs      the pointers between them, each pair once unless directed; the type is the
 *             kind of the pointer from the arc's source to its target, or, where only
 *             the other direction is listed, the inverse kind
 *   features  the words of the gloss (definition and examples): sparse 0/1, lower-case
 *             runs of letters that occur in two glosses or more
 *   labels    the lexicographer file, 45 classes: noun.animal, verb.motion ...
 *
 * Source: wndb(5WN), lexnames(5WN), wninput(5WN); Fellbaum (ed.) 1998, WordNet: An
 * Electronic Lexical Database. */
gnn_status data_i_wordnet_read(const char *path, const char *arguments,
                               const data_options *options, data_nodes *nodes);

#endif
