namespace ServerlessMme.Imaging.Pixels;

/// <summary>Receives an image's rows from the top.</summary>
internal interface IRows
{
    /// <summary>Receives the next row, 4 bytes per pixel.</summary>
    void Push(ReadOnlySpan<byte> pixels);
}
