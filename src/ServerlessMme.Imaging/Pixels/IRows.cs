namespace ServerlessMme.Imaging.Pixels;

/// <summary>Takes an image's rows from the top.</summary>
internal interface IRows
{
    /// <summary>Takes the next row, 4 bytes a pixel.</summary>
    void Push(ReadOnlySpan<byte> pixels);
}
