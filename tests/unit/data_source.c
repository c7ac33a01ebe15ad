/* Files as windows of whole lines: plain, compressed, mapped, piped. */
#include "support/support.h"

#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/alloc.h"
#include "support/compress.h"
#include "text/source.h"

/* Chunks end with lines and follow each other. Runs on many threads: no ck_assert in
 * it. */
static void check_chunk(void *argument, int64_t block, int thread) {
    (void)thread;
    const data_i_source *source = argument;
    const data_i_chunk *chunk = &source->chunks[block];
    size_t before = block == 0 ? 0 : source->chunks[block - 1].end;
    if (chunk->begin != before || chunk->end <= chunk->begin ||
        source->text[chunk->end - 1] != '\n')
        abort();
}

/* All windows of a source as one text. */
static char *drain(const char *path, bool in_parallel, int64_t *n_lines, size_t *size) {
    data_i_source source;
    char *all = NULL;
    bool more;
    *size = 0;
    *n_lines = 0;
    ck_assert_ok(data_i_source_open(&source, path, 2));
    for (;;) {
        ck_assert_ok(data_i_source_next(&source, &more));
        if (!more) break;
        ck_assert_int_eq(source.first_line, *n_lines + 1);
        ck_assert_int_eq(source.text[source.size - 1], '\n');
        ck_assert_int_eq(data_i_source_line(&source, source.size),
                         *n_lines + 1 + source.n_lines);
        if (in_parallel) data_i_source_run(&source, check_chunk, &source);
        all = realloc(all, *size + source.size + 1);
        memcpy(all + *size, source.text, source.size);
        *size += source.size;
        *n_lines += source.n_lines;
    }
    ck_assert_ok(data_i_source_next(&source, &more));
    ck_assert(!more);
    data_i_source_close(&source);
    return all;
}

static void check_drained(const char *path, const char *want, size_t want_size) {
    for (int in_parallel = 0; in_parallel < 2; in_parallel++) {
        int64_t n_lines;
        size_t size;
        char *all = drain(path, in_parallel != 0, &n_lines, &size);
        bool adds = want_size > 0 && want[want_size - 1] != '\n';
        ck_assert_uint_eq(size, want_size + adds);
        ck_assert_same_bytes(all, want, want_size);
        if (adds) ck_assert_int_eq(all[size - 1], '\n');
        free(all);
    }
}

/* Lines of different lengths, about `size` bytes; some as long as 1/7 of it. */
static char *make_text(size_t size, uint64_t seed, bool ends) {
    char *text = malloc(size + 1);
    size_t at = 0;
    for (uint64_t i = 0; at < size; i++) {
        size_t length =
            (size_t)support_below(seed, i, i % 1000 == 7 ? (int64_t)size / 7 : 40);
        for (; length > 0 && at < size; length--)
            text[at] = (char)('a' + (support_bits(seed, at) & 15)), at++;
        if (at < size) text[at++] = '\n';
    }
    text[size - 1] = ends ? '\n' : 'x';
    text[size] = '\0';
    return text;
}

START_TEST(windows_hold_the_whole_file) {
    const size_t sizes[] = {1, 2, 4095, 4096, 4097, 300000, 1 << 20, 17000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int ends = 0; ends < (sizes[i] < 2000000 ? 2 : 1); ends++) {
            char *text = make_text(sizes[i], i, ends != 0);
            check_drained(support_write_bytes("plain", text, sizes[i]), text, sizes[i]);
            check_drained(support_write_gzip("g.gz", text, sizes[i]), text, sizes[i]);
            check_drained(support_write_zstd("z.zst", text, sizes[i]), text, sizes[i]);
            free(text);
        }
}
END_TEST

START_TEST(one_line_larger_than_any_window) {
    size_t size = 18000000;
    char *text = malloc(size);
    memset(text, 'x', size);
    check_drained(support_write_bytes("plain", text, size), text, size);
    check_drained(support_write_gzip("g.gz", text, size), text, size);
    free(text);
}
END_TEST

START_TEST(empty_files) {
    int64_t n_lines;
    size_t size;
    ck_assert_ptr_null(drain(support_write("empty", ""), false, &n_lines, &size));
    ck_assert_ptr_null(drain(support_write_gzip("e.gz", "", 0), false, &n_lines, &size));
    ck_assert_ptr_null(drain(support_write_zstd("e.zst", "", 0), true, &n_lines, &size));
}
END_TEST

START_TEST(compressed_parts_follow_each_other) {
    char joined[4096];
    size_t one, two;
    char *first = support_read(support_write_gzip("1.gz", "a\nb", 3), &one);
    char *second = support_read(support_write_gzip("2.gz", "c\n", 2), &two);
    memcpy(joined, first, one);
    memcpy(joined + one, second, two);
    check_drained(support_write_bytes("both.gz", joined, one + two), "a\nbc\n", 5);
    free(first);
    free(second);
    first = support_read(support_write_zstd("1.zst", "a\nb", 3), &one);
    second = support_read(support_write_zstd("2.zst", "c\n", 2), &two);
    memcpy(joined, first, one);
    memcpy(joined + one, second, two);
    check_drained(support_write_bytes("both.zst", joined, one + two), "a\nbc\n", 5);
    free(first);
    free(second);
}
END_TEST

START_TEST(byte_order_mark_is_skipped) {
    int64_t n_lines;
    size_t size;
    char *all = drain(support_write("bom", "\xef\xbb\xbf"
                                           "0\t1\n"),
                      false, &n_lines, &size);
    ck_assert_uint_eq(size, 4);
    ck_assert_same_bytes(all, "0\t1\n", 4);
    free(all);
}
END_TEST

START_TEST(pipes_are_read) {
    char path[300];
    snprintf(path, sizeof path, "%s", support_path("pipe"));
    char *text = make_text(3000000, 5, false);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    pid_t child = fork();
    if (child == 0) {
        FILE *pipe = fopen(path, "w");
        bool good = pipe != NULL && fwrite(text, 1, 3000000, pipe) == 3000000;
        if (pipe != NULL) fclose(pipe);
        _exit(good ? 0 : 1);
    }
    int64_t n_lines;
    size_t size;
    char *all = drain(path, true, &n_lines, &size);
    ck_assert_uint_eq(size, 3000001);
    ck_assert_same_bytes(all, text, 3000000);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    free(all);
    free(text);
}
END_TEST

/* Each of the endings that a compressed file can lose gives an error, not less data. */
START_TEST(truncation_anywhere_is_an_error) {
    char *text = make_text(2000, 3, true);
    for (int zstd = 0; zstd < 2; zstd++) {
        size_t size;
        const char *name = zstd ? "t.zst" : "t.gz";
        const char *path = zstd ? support_write_zstd(name, text, 2000)
                                : support_write_gzip(name, text, 2000);
        char *bytes = support_read(path, &size);
        for (size_t cut = 4; cut < size; cut += 9) {
            data_i_source source;
            bool more = true;
            ck_assert_ok(
                data_i_source_open(&source, support_write_bytes(name, bytes, cut), 1));
            gnn_status status = GNN_OK;
            while (status == GNN_OK && more) status = data_i_source_next(&source, &more);
            ck_assert_msg(status == GNN_ERR_INPUT, "%s cut to %zu of %zu", name, cut,
                          size);
            ck_assert_ptr_nonnull(strstr(gnn_last_error(), "truncated"));
            data_i_source_close(&source);
        }
        free(bytes);
    }
    free(text);
}
END_TEST

static gnn_status read_through(void *argument) {
    data_i_source source;
    bool more = true;
    gnn_status status = data_i_source_open(&source, argument, 1);
    while (status == GNN_OK && more) status = data_i_source_next(&source, &more);
    data_i_source_close(&source);
    return status;
}

START_TEST(survives_failing_allocations) {
    char path[300];
    char *text = make_text(3000000, 6, false);
    snprintf(path, sizeof path, "%s", support_write_bytes("plain", text, 3000000));
    ck_assert_int_gt(support_starve(read_through, path), 2);
    snprintf(path, sizeof path, "%s", support_write_gzip("g.gz", text, 100000));
    ck_assert_int_gt(support_starve(read_through, path), 4);
    free(text);
}
END_TEST

TESTS("data/source", 60, windows_hold_the_whole_file, one_line_larger_than_any_window,
      empty_files, compressed_parts_follow_each_other, byte_order_mark_is_skipped,
      pipes_are_read, truncation_anywhere_is_an_error, survives_failing_allocations)
