/* Reading triples, and telling how they rank. */
#include "triples.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data.h"
#include "report.h"

const cli_option cli_triples_table[] = {
    CLI_OPTIONS_HEADING("Triples:"),
    CLI_OPTION_SETTING('t', "triples", "SPEC",
                       "triples to learn, head-tab-relation-tab-tail: a file, a folder "
                       "with train.txt, valid.txt and test.txt, or wordnet:triples"),
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

/* ---- reading ---- */

static gnn_status read_files(const cli_settings *settings, const char *spec,
                             const data_options *options, cli_triples *t) {
    gnn_status status = GNN_OK;
    data_triples_notes notes;
    const char *folder = is_folder(spec) ? spec : NULL;
    char *train = folder ? find_file(folder, "train") : cli_copy(spec);
    char *valid = set_file(settings, folder, "valid", "valid");
    char *test = set_file(settings, folder, "test", "test");
    char *names = folder ? find_file(folder, "entity_names") : NULL;
    GNN_CHECK(train, GNN_ERR_INPUT, "%s: no train.txt in this folder", spec);
    const char *slash = strrchr(spec, '/');
    t->name = cli_copy(slash && slash[1] ? slash + 1 : spec);
    GNN_TRY(gnn_names_new(&t->sets.entities));
    GNN_TRY(gnn_names_new(&t->sets.relations));
    GNN_TRY(data_triples_read(train, NULL, options, t->sets.entities, t->sets.relations,
                              &t->sets.train, &notes));
    t->n_known = gnn_names_count(t->sets.entities);
    t->n_duplicates = notes.n_duplicates;
    if (valid)
        GNN_TRY(data_triples_read(valid, train, options, t->sets.entities,
                                  t->sets.relations, &t->sets.valid, NULL));
    if (test)
        GNN_TRY(data_triples_read(test, train, options, t->sets.entities,
                                  t->sets.relations, &t->sets.test, NULL));
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

gnn_status cli_triples_read(const cli_settings *settings, cli_progress *progress,
                            cli_triples *t) {
    gnn_status status = GNN_OK;
    const char *spec = cli_settings_get(settings, "triples");
    data_options options = {.progress = cli_progress_callback, .progress_user = progress};
    int64_t seed;
    *t = (cli_triples){0};
    GNN_CHECK(spec, GNN_ERR_ARGUMENT,
              "expected --triples SPEC: a file, a folder, or wordnet:triples");
    options.comment = cli_settings_get(settings, "comment");
    if (cli_settings_get(settings, "keep-duplicates"))
        options.duplicates = GNN_DUPLICATES_KEEP;
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    options.seed = (uint64_t)seed;
    GNN_TRY(cli_threads(settings, &options.n_threads));
    if (strncmp(spec, "wordnet:", 8) == 0) {
        GNN_TRY(data_triple_sets_read(spec, -1, -1, &options, &t->sets));
        t->name = cli_copy(t->sets.name);
        t->n_known = gnn_names_count(t->sets.entities);
    } else {
        GNN_TRY(read_files(settings, spec, &options, t));
    }
    cli_progress_end(progress);
    t->hash[0] = data_triples_hash(&t->sets.train);
    t->hash[1] = data_triples_hash(&t->sets.valid);
    t->hash[2] = data_triples_hash(&t->sets.test);
    int64_t entities = gnn_names_count(t->sets.entities);
    cli_note("%s: %lld entities, %lld relations, %lld triples to learn, %lld to watch, "
             "%lld to rank",
             t->name, (long long)entities, (long long)gnn_names_count(t->sets.relations),
             (long long)t->sets.train.n, (long long)t->sets.valid.n,
             (long long)t->sets.test.n);
    if (entities > t->n_known)
        cli_note("%lld entities are in no training triple: they keep their random "
                 "vectors and are ranked all the same",
                 (long long)(entities - t->n_known));
    if (t->n_duplicates > 0)
        cli_note("%lld training triples were listed again and left out",
                 (long long)t->n_duplicates);
cleanup:
    if (status != GNN_OK) cli_triples_clear(t);
    return status;
}

void cli_triples_clear(cli_triples *triples) {
    data_triple_sets_clear(&triples->sets);
    free(triples->name);
    *triples = (cli_triples){0};
}

/* ---- ranking ---- */

static const char *const ties_names[] = {"mean", "optimistic", "pessimistic"};

const char *cli_ties_name(emb_ties ties) {
    return ties_names[ties];
}

gnn_status cli_ties(const char *name, emb_ties *ties) {
    for (int i = 0; i < 3; i++)
        if (!name || strcmp(ties_names[i], name) == 0) {
            *ties = (emb_ties)i;
            return GNN_OK;
        }
    return cli_unknown("tie rule", name, 3, ties_names);
}

cJSON *cli_ranking_json(const emb_ranking *r) {
    cJSON *object = cli_json(cJSON_CreateObject());
    cli_json_number(object, "questions", (double)r->n);
    cli_json_number(object, "mrr", r->mrr);
    cli_json_number(object, "hits@1", r->hits1);
    cli_json_number(object, "hits@3", r->hits3);
    cli_json_number(object, "hits@10", r->hits10);
    cli_json_number(object, "mr", r->mr);
    cli_json_number(object, "amri", r->amri);
    return object;
}

static void print_row(const char *name, const cJSON *ranking) {
    static const char *const columns[] = {"mrr",     "hits@1", "hits@3",
                                          "hits@10", "mr",     "amri"};
    const cJSON *questions = cJSON_GetObjectItem(ranking, "questions");
    printf("%-12s %10.0f", name, cJSON_IsNumber(questions) ? questions->valuedouble : 0);
    for (int i = 0; i < 6; i++) {
        const cJSON *value = cJSON_GetObjectItem(ranking, columns[i]);
        printf(i == 4 ? " %10.1f" : " %8.4f",
               cJSON_IsNumber(value) ? value->valuedouble : 0);
    }
    putchar('\n');
}

void cli_print_rankings(const cJSON *result) {
    static const char *const sets[] = {"train", "valid", "test"};
    printf("%-12s %10s %8s %8s %8s %8s %10s %8s\n", "", "questions", "MRR", "Hits@1",
           "Hits@3", "Hits@10", "MR", "AMRI");
    for (int i = 0; i < 3; i++) {
        const cJSON *set = cJSON_GetObjectItem(result, sets[i]);
        if (!set) continue;
        print_row(sets[i], set);
        print_row("  tails", cJSON_GetObjectItem(set, "tail"));
        print_row("  heads", cJSON_GetObjectItem(set, "head"));
    }
}

gnn_status cli_rank(const emb_model *model, const cli_triples *t, const char *name,
                    bool raw, emb_ties ties, int n_threads, cli_progress *progress,
                    cJSON *result) {
    const gnn_triples *ranked = strcmp(name, "train") == 0   ? &t->sets.train
                                : strcmp(name, "valid") == 0 ? &t->sets.valid
                                                             : &t->sets.test;
    /* validation knows nothing of the test triples */
    const gnn_triples *known[] = {&t->sets.train, &t->sets.valid, &t->sets.test};
    int n_known = raw ? 0 : ranked == &t->sets.test ? 3 : 2;
    const emb_evaluate_options options = {.ties = ties,
                                          .n_known = n_known,
                                          .known = known,
                                          .n_threads = n_threads,
                                          .progress = cli_progress_callback,
                                          .user = progress};
    emb_evaluation e;
    char hash[32];
    double start = cli_now();
    gnn_status status = emb_evaluate(model, ranked, &options, NULL, &e);
    cli_progress_end(progress);
    if (status != GNN_OK) return status;
    cJSON *set = cli_ranking_json(&e.both);
    cli_json_add(set, "tail", cli_ranking_json(&e.tail));
    cli_json_add(set, "head", cli_ranking_json(&e.head));
    cli_json_number(set, "seconds", cli_now() - start);
    cJSON *protocol = cli_json(cJSON_CreateObject());
    cli_json_text(protocol, "filter",
                  n_known == 0   ? "none"
                  : n_known == 3 ? "train valid test"
                                 : "train valid");
    cli_json_text(protocol, "ties", cli_ties_name(ties));
    snprintf(hash, sizeof hash, "%016llx",
             (unsigned long long)t->hash[ranked == &t->sets.train   ? 0
                                         : ranked == &t->sets.valid ? 1
                                                                    : 2]);
    cli_json_text(protocol, "triples", hash);
    cli_json_add(set, "protocol", protocol);
    cli_json_add(result, name, set);
    return GNN_OK;
}
