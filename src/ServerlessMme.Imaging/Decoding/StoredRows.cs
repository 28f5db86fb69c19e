using ServerlessMme.Imaging.Pixels;

namespace ServerlessMme.Imaging.Decoding;

/// <summary>Stores rows in memory one after the other.</summary>
internal struct StoredRows(PixelBuffer buffer) : IRows
{
    private long _at;

    /// <inheritdoc/>
    public void Push(ReadOnlySpan<byte> pixels)
    {
        pixels.CopyTo(buffer.Slice(_at, pixels.Length));
        _at += pixels.Length;
    }
}
