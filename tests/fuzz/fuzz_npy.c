/* .npy matrices. */
#include "data_file.h"

#include "text/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    data_i_npy npy;
    gnn_real *values = NULL;
    size_t count;
    if (data_i_npy_open(&npy, fuzz_file(0, data, size)) != GNN_OK) return 0;
    /* Matrices of up to 16 MB: larger ones only wait for their missing data. */
    bool fits = gnn_i_mul_size((size_t)npy.rows, (size_t)npy.columns, &count);
    if (fits && count < (size_t)1 << 22 &&
        gnn_i_alloc(&values, count, sizeof *values, "values") == GNN_OK)
        (void)data_i_npy_values(&npy, values);
    gnn_i_free(values);
    data_i_npy_close(&npy);
    return 0;
}
