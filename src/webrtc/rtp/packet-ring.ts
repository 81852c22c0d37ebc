/** Slots that share one allocation. */
const SLAB_SLOTS = 16;

/**
 * The packets of one outgoing stream, by sequence number, in buffers that are used over and over. Each already carries
 * the stream's constant header bytes. As long as a packet is in here it can be sent again; there are more slots than a
 * socket ever queues.
 */
export class PacketRing {
  readonly #template: Buffer;
  readonly #slotBytes: number;
  readonly #slots: (Buffer | undefined)[];
  readonly #lengths: Uint16Array;
  readonly #seqs: Int32Array;
  readonly #rocs: Uint32Array;
  readonly #sentUs: Float64Array;

  constructor(options: { template: Buffer; slots: number; slotBytes: number }) {
    this.#template = options.template;
    this.#slotBytes = (options.slotBytes + 3) & ~3;
    this.#slots = new Array<undefined>(options.slots).fill(undefined);
    this.#lengths = new Uint16Array(options.slots);
    this.#seqs = new Int32Array(options.slots).fill(-1);
    this.#rocs = new Uint32Array(options.slots);
    this.#sentUs = new Float64Array(options.slots);
  }

  /** The buffer for packet `seq`, with room for `bytes`; its header is that of an earlier packet or the template. */
  slot(seq: number, bytes: number): Buffer {
    const index = seq % this.#slots.length;
    this.#seqs[index] = -1;
    const slot = this.#slots[index];
    return slot !== undefined && slot.length >= bytes ? slot : this.#allocate(index, bytes);
  }

  /** Remembers what is in the slot of `seq` now: a protected packet of `length` bytes. */
  keep(seq: number, roc: number, length: number, nowUs: number): void {
    const index = seq % this.#slots.length;
    this.#seqs[index] = seq;
    this.#rocs[index] = roc;
    this.#lengths[index] = length;
    this.#sentUs[index] = nowUs;
  }

  /** Forgets all packets; their buffers stay. */
  clear(): void {
    this.#seqs.fill(-1);
  }

  /** The packet `seq` as it was sent, or undefined when it is gone. Its bytes are not to be changed. */
  find(seq: number): { packet: Buffer; length: number; roc: number } | undefined {
    const index = seq % this.#slots.length;
    if (this.#seqs[index] !== seq) return undefined;
    return { packet: this.#slots[index]!, length: this.#lengths[index]!, roc: this.#rocs[index]! };
  }

  /** Whether `seq` was last sent at least `intervalUs` ago; if so, counts it as sent now. */
  mayResend(seq: number, nowUs: number, intervalUs: number): boolean {
    const index = seq % this.#slots.length;
    if (nowUs - this.#sentUs[index]! < intervalUs) return false;
    this.#sentUs[index] = nowUs;
    return true;
  }

  #allocate(index: number, bytes: number): Buffer {
    const firstSlot = index - (index % SLAB_SLOTS);
    if (bytes > this.#slotBytes || this.#slots[index] !== undefined)
      return this.#place(index, Buffer.alloc(bytes + 64));
    const count = Math.min(SLAB_SLOTS, this.#slots.length - firstSlot);
    const slab = Buffer.alloc(count * this.#slotBytes);
    for (let i = 0; i < count; i++) {
      if (this.#slots[firstSlot + i] !== undefined) continue;
      this.#place(firstSlot + i, slab.subarray(i * this.#slotBytes, (i + 1) * this.#slotBytes));
    }
    return this.#slots[index]!;
  }

  #place(index: number, slot: Buffer): Buffer {
    this.#template.copy(slot);
    this.#slots[index] = slot;
    return slot;
  }
}
