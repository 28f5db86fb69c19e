namespace ServerlessMme.Imaging.Resampling;

/// <summary>The most recent source rows. Row r is in slot r modulo the number of slots.</summary>
internal readonly ref struct RowWindow
{
    private readonly Span<byte> _memory;
    private readonly int _rowBytes;
    private readonly int _slots;

    public RowWindow(Span<byte> memory, int rowBytes)
    {
        _memory = memory;
        _rowBytes = rowBytes;
        _slots = memory.Length / rowBytes;
    }

    /// <summary>All slots, one after the other.</summary>
    public ReadOnlySpan<byte> Memory => _memory;

    /// <summary>Returns a source row.</summary>
    public Span<byte> Row(int sourceRow) => _memory.Slice(Slot(sourceRow), _rowBytes);

    /// <summary>Returns the offset of a source row's slot.</summary>
    public int Slot(int sourceRow) => sourceRow % _slots * _rowBytes;

    /// <summary>Returns the offset of the slot after a slot, where the next source row begins.</summary>
    public int NextSlot(int slot)
    {
        slot += _rowBytes;
        return slot == _slots * _rowBytes ? 0 : slot;
    }
}
