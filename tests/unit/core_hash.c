/* Known answers: XXH3 with 64 bits of the empty input (the value that xxHash's
 * specification and its sanity test give), exact. */
#include "support/support.h"

#include "core/hash.h"

START_TEST(hash_of_nothing_is_known) {
    ck_assert_uint_eq(gnn_i_hash("", 0, 0), 0x2d06800538d394c2);
}
END_TEST

START_TEST(seed_and_every_byte_count) {
    char bytes[300];
    memset(bytes, 'a', sizeof bytes);
    uint64_t whole = gnn_i_hash(bytes, sizeof bytes, 0);
    ck_assert_uint_ne(gnn_i_hash(bytes, sizeof bytes, 1), whole);
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = 'b';
        ck_assert_uint_ne(gnn_i_hash(bytes, sizeof bytes, 0), whole);
        bytes[i] = 'a';
    }
}
END_TEST

START_TEST(file_hashes_as_its_content) {
    size_t size = 700001;
    char *bytes = malloc(size);
    for (size_t i = 0; i < size; i++) bytes[i] = (char)support_bits(1, i);
    const char *path = support_write_bytes("data.bin", bytes, size);
    uint64_t hash = 0;
    ck_assert_ok(gnn_i_hash_file(path, 9, &hash));
    ck_assert_uint_eq(hash, gnn_i_hash(bytes, size, 9));
    ck_assert_ok(gnn_i_hash_file(support_write("empty", ""), 0, &hash));
    ck_assert_uint_eq(hash, 0x2d06800538d394c2);
    free(bytes);
}
END_TEST

static gnn_status hash_it(void *path) {
    uint64_t hash;
    return gnn_i_hash_file(path, 0, &hash);
}

START_TEST(file_failures_are_reported) {
    uint64_t hash = 5;
    ck_assert_fails(gnn_i_hash_file(support_path("absent"), 0, &hash), GNN_ERR_INPUT,
                    "absent: No such file");
    ck_assert_fails(gnn_i_hash_file(support_folder(), 0, &hash), GNN_ERR_INPUT,
                    "directory");
    ck_assert_uint_eq(hash, 5);
    char *path = strdup(support_write("a", "text"));
    ck_assert_int_eq(support_starve(hash_it, path), 1);
    free(path);
}
END_TEST

TESTS("core/hash", 10, hash_of_nothing_is_known, seed_and_every_byte_count,
      file_hashes_as_its_content, file_failures_are_reported)
