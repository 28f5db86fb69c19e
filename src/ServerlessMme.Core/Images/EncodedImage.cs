using System.Buffers;

namespace ServerlessMme.Core.Images;

/// <summary>Identifies an image and its version.</summary>
/// <param name="Container">The container it was dropped into; null for a local file.</param>
/// <param name="Name">Its name in the container, or its path relative to the path that the user gave.</param>
/// <param name="ETag">Unquoted; null for a local file, or if there is no such image.</param>
/// <param name="Bytes">Size of the encoded image; 0 if there is no such image.</param>
/// <param name="Place">Archive entries only: the index in the archive, from 0.</param>
public sealed record ImageReference(string? Container, string Name, string? ETag, long Bytes, long Place = 0);

/// <summary>An image as it was dropped, in an array from the shared pool. Not thread-safe; dispose once.</summary>
public sealed class EncodedImage : IDisposable
{
    private readonly int _length;
    private readonly IDisposable? _hold;
    private byte[]? _rented;

    /// <summary>Takes ownership of an array rented from <see cref="ArrayPool{T}.Shared"/>.</summary>
    /// <param name="hold">The memory lease on the array's bytes, disposed with the image; null for none.</param>
    public EncodedImage(ImageReference reference, byte[] rented, int length, IDisposable? hold = null)
    {
        _hold = hold;
        Reference = reference;
        _rented = rented;
        _length = length;
    }

    public ImageReference Reference { get; }

    /// <summary>The file's bytes.</summary>
    /// <exception cref="ObjectDisposedException">The array has been returned to the pool.</exception>
    public ReadOnlyMemory<byte> Bytes =>
        new(_rented ?? throw new ObjectDisposedException(nameof(EncodedImage)), 0, _length);

    /// <summary>The same bytes, writable.</summary>
    /// <exception cref="ObjectDisposedException">The array has been returned to the pool.</exception>
    public Memory<byte> Writable =>
        new(_rented ?? throw new ObjectDisposedException(nameof(EncodedImage)), 0, _length);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
            _hold?.Dispose();
        }
    }
}
