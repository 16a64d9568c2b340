/* Packing: a large table with little in it, put together so that it stays in the cache. */

#include "kernel.h"

int64_t wd_pack(const uint64_t *known, int64_t count, uint32_t *moved, uint64_t *taken, int64_t room);

static int64_t bits_of(uint64_t bits) {
    int64_t count = 0;
    for (; bits; bits &= bits - 1) count++;
    return count;
}

/* Return whether these bits are free from a place on; 64 places further on are there, too. */
static int fits(const uint64_t *taken, int64_t at, uint64_t bits) {
    uint64_t more = at & 63 ? taken[(at >> 6) + 1] << (64 - (at & 63)) : 0;
    return !((taken[at >> 6] >> (at & 63) | more) & bits);
}

static void take(uint64_t *taken, int64_t at, uint64_t bits) {
    taken[at >> 6] |= bits << (at & 63);
    if (at & 63) taken[(at >> 6) + 1] |= bits >> (64 - (at & 63));
}

/* Move rows of 64 bits so that no two set bits meet, the fullest rows first: row i is bits moved[i] to moved[i] + 63 then.

   `taken`: `room` words, none of them set. Return how many bits there are then, -1: too many. */
int64_t wd_pack(const uint64_t *known, int64_t count, uint32_t *moved, uint64_t *taken, int64_t room) {
    int64_t size = 64, rows[65] = {0};
    for (int64_t row = 0; row < count; row++) rows[bits_of(known[row])]++;
    for (int64_t many = 64; many; many--) {
        int64_t at = 0; /* rows that are as full fit no earlier */
        for (int64_t row = 0; row < count && rows[many]; row++) {
            if (bits_of(known[row]) != many) continue;
            rows[many]--;
            while (at + 128 < room * 64 && !fits(taken, at, known[row])) at++;
            if (at + 128 >= room * 64) return -1;
            take(taken, at, known[row]);
            moved[row] = (uint32_t)at;
            size = at_least(size, at + 64);
        }
    }
    return size;
}
