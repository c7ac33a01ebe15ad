/* Reading triples. */
#include "triples.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"

const cli_option cli_triples_table[] = {
    CLI_OPTIONS_HEADING("Triples:"),
    CLI_OPTION_SETTING('t', "triples", "SPEC",
                       "triples to learn, head-tab-relation-tab-tail: a file, a folder "
                       "with train.txt, valid.txt and test.txt, or wordnet:triples. "
                       "entity_names.tsv beside them, name-tab-label, tells what people "
                       "call entities"),
    CLI_OPTION_SETTING(0, "valid", "FILE",
                       "triples that training is watched by [valid.txt of the folder]"),
    CLI_OPTION_SETTING(0, "test", "FILE",
                       "triples to rank at the end [test.txt of the folder]"),
    CLI_OPTIONS_END,
};

/* ---- finding files ---- */

static bool is_folder(const char *path) {
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* FOLDER/NAME with one of the endings that readers know; NULL when there is none. New
 * memory. */
static char *find_file(const char *folder, const char *name) {
    static const char *const endings[] = {".txt", ".tsv", ""};
    static const char *const packed[] = {"", ".gz", ".zst"};
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            char *path = cli_text("%s/%s%s%s", folder, name, endings[i], packed[k]);
            if (access(path, F_OK) == 0) return path;
            free(path);
        }
    return NULL;
}

/* The file of a set: the setting's, or the folder's. */
static char *set_file(const cli_settings *settings, const char *folder,
                      const char *setting, const char *name) {
    const char *given = cli_settings_get(settings, setting);
    if (given) return cli_copy(given);
    return folder ? find_file(folder, name) : NULL;
}

/* entity_names.tsv in the folder of triples, `folder` or that of the file `spec`; NULL
 * when there is none. New memory. */
static char *names_file(const char *folder, const char *spec) {
    const char *slash = strrchr(spec, '/');
    char *beside =
        slash ? cli_text("%.*s", (int)(slash - spec) + 1, spec) : cli_copy(".");
    char *path = find_file(folder ? folder : beside, "entity_names");
    free(beside);
    return path;
}

/* ---- reading ---- */

/* A table of texts with the rows of another one. */
static gnn_status copy_names(const gnn_names *from, gnn_names **to) {
    gnn_status status;
    GNN_TRY(gnn_names_new(to));
    for (int64_t i = 0; from && i < gnn_names_count(from); i++) {
        char buffer[24];
        int64_t row;
        const char *name = gnn_names_get(from, i, buffer);
        GNN_TRY(gnn_names_add(*to, name, strlen(name), &row));
    }
cleanup:
    return status;
}

/* A file larger than memory is one that cannot be read: input, no failure on the way. */
static gnn_status read_triples(const char *path, const char *relations_from,
                               const data_options *options, data_triple_sets *sets,
                               gnn_triples *triples, data_triples_notes *notes) {
    gnn_status status = data_triples_read(path, relations_from, options, sets->entities,
                                          sets->relations, triples, notes);
    if (status == GNN_ERR_MEMORY)
        status = gnn_fail(GNN_ERR_INPUT, "%s", gnn_last_error());
    return status;
}

/* Into tables of names that are there. */
static gnn_status read_files(const cli_settings *settings, const char *spec,
                             const data_options *options, cli_triples *t) {
    gnn_status status = GNN_OK;
    data_triples_notes notes;
    const char *run = options->entities_from;
    const char *folder = is_folder(spec) ? spec : NULL;
    char *train = folder ? find_file(folder, "train") : cli_copy(spec);
    char *valid = set_file(settings, folder, "valid", "valid");
    char *test = set_file(settings, folder, "test", "test");
    char *names = run ? NULL : names_file(folder, spec); /* a run has its own */
    const char *from = run ? run : train;                /* where relations come from */
    GNN_CHECK(train, GNN_ERR_INPUT, "%s: no train.txt in this folder", spec);
    const char *slash = strrchr(spec, '/');
    t->name = cli_copy(slash && slash[1] ? slash + 1 : spec);
    GNN_TRY(read_triples(train, run, options, &t->sets, &t->sets.train, &notes));
    t->n_known = gnn_names_count(t->sets.entities);
    t->n_duplicates = notes.n_duplicates;
    if (valid)
        GNN_TRY(read_triples(valid, from, options, &t->sets, &t->sets.valid, NULL));
    if (test) GNN_TRY(read_triples(test, from, options, &t->sets, &t->sets.test, NULL));
    if (names)
        GNN_TRY(
            data_entity_labels_read(names, options, t->sets.entities, &t->sets.labels));
cleanup:
    free(train);
    free(valid);
    free(test);
    free(names);
    return status;
}

bool cli_triples_are_named(const char *spec) {
    return strncmp(spec, "wordnet:", 8) == 0;
}

gnn_status cli_triples_read(const cli_settings *settings, const gnn_names *entities,
                            const gnn_names *relations, const char *run,
                            cli_progress *progress, cli_triples *t) {
    gnn_status status = GNN_OK;
    const char *spec = cli_settings_get(settings, "triples");
    data_options options = {.entities_from = run,
                            .progress = cli_progress_callback,
                            .progress_user = progress};
    int64_t seed;
    *t = (cli_triples){0};
    GNN_CHECK(spec, GNN_ERR_ARGUMENT,
              "expected --triples SPEC: a file, a folder, or wordnet:triples");
    options.comment = cli_settings_get(settings, "comment");
    if (cli_settings_get(settings, "keep-duplicates"))
        options.duplicates = GNN_DUPLICATES_KEEP;
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    options.seed = (uint64_t)seed;
    GNN_TRY(cli_machine(settings, &options.n_threads));
    if (cli_triples_are_named(spec)) {
        GNN_CHECK(!entities, GNN_ERR_ARGUMENT,
                  "%s: has rows of its own; expected --triples with a file or folder",
                  spec);
        GNN_TRY(data_triple_sets_read(spec, -1, -1, &options, &t->sets));
        t->name = cli_copy(t->sets.name);
        t->n_known = gnn_names_count(t->sets.entities);
    } else {
        GNN_TRY(copy_names(entities, &t->sets.entities));
        GNN_TRY(copy_names(relations, &t->sets.relations));
        GNN_TRY(read_files(settings, spec, &options, t));
    }
    cli_progress_end(progress);
    const gnn_triples *sets[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    for (int i = 0; i < 3; i++) {
        t->n_ranked[i] = sets[i]->n;
        t->hash[i] = data_triples_hash(sets[i]);
    }
    if (t->n_duplicates > 0)
        cli_note("%lld repeated triple%s left out", (long long)t->n_duplicates,
                 cli_plural(t->n_duplicates));
cleanup:
    if (status != GNN_OK) cli_triples_clear(t);
    return status;
}

gnn_status cli_triples_join(cli_triples *t, const cli_triples *before) {
    gnn_status status = GNN_OK;
    const data_triple_sets *more = &before->sets;
    const gnn_triples *from[] = {&more->train, &more->valid, &more->test};
    gnn_triples *to[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    for (int i = 0; i < 3; i++) {
        if (i == 0 || to[i]->n == 0) t->n_ranked[i] += before->n_ranked[i];
        GNN_TRY(data_triples_append(to[i], from[i]));
        t->hash[i] = data_triples_hash(to[i]);
    }
cleanup:
    return status;
}

void cli_triples_tell(const cli_triples *t) {
    const int64_t n = gnn_names_count(t->sets.entities), unseen = n - t->n_known;
    const int64_t n_relations = gnn_names_count(t->sets.relations);
    cli_note("%s: %lld entit%s, %lld relation%s, %lld triple%s to learn, %lld to watch, "
             "%lld to rank",
             t->name, (long long)n, n == 1 ? "y" : "ies", (long long)n_relations,
             cli_plural(n_relations), (long long)t->sets.train.n,
             cli_plural(t->sets.train.n), (long long)t->sets.valid.n,
             (long long)t->sets.test.n);
    if (unseen == 1)
        cli_note("1 entity is in no training triple: it keeps its random vector and is "
                 "ranked all the same");
    else if (unseen > 1)
        cli_note("%lld entities are in no training triple: they keep their random "
                 "vectors and are ranked all the same",
                 (long long)unseen);
}

void cli_triples_clear(cli_triples *triples) {
    data_triple_sets_clear(&triples->sets);
    free(triples->name);
    *triples = (cli_triples){0};
}
