using System.Buffers;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Gate;

/// <summary>A request's body, in memory rented from the shared pool. Not thread-safe.</summary>
internal sealed class RequestBody : IDisposable
{
    private byte[]? _rented;
    private int _length;

    private RequestBody(int capacity) => _rented = ArrayPool<byte>.Shared.Rent(capacity);

    public ReadOnlyMemory<byte> Bytes =>
        new(_rented ?? throw new ObjectDisposedException(nameof(RequestBody)), 0, _length);

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="ServeException">413: the body has more than <paramref name="maxBytes"/> bytes.</exception>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var body = new RequestBody((int)Math.Min(maxBytes, request.ContentLength ?? (64 << 10)) + 1);
        try
        {
            while (await body.FillAsync(request.Body, cancellationToken))
            {
                if (body._length > maxBytes)
                {
                    throw TooLarge(maxBytes);
                }
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Hands the memory over to the caller, who must return it to the pool.</summary>
    public byte[] Take()
    {
        var taken = _rented ?? throw new ObjectDisposedException(nameof(RequestBody));
        _rented = null;
        return taken;
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, null) is { } rented)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private async Task<bool> FillAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (_length == _rented!.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(_length * 2);
            _rented.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = larger;
        }

        var read = await stream.ReadAsync(_rented.AsMemory(_length), cancellationToken);
        _length += read;
        return read > 0;
    }

    private static ServeException TooLarge(int maxBytes) => new(new ServeError(
        413, "ValidationError", $"The body has more than {maxBytes} bytes, which is all that one call takes."));
}
