using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Gate;

/// <summary>A request's body, in memory rented from the shared pool. Not thread-safe.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int PooledBytes = 1 << 30;

    private readonly BodyShare _share;
    private byte[]? _rented;
    private int _length;

    private RequestBody(BodyShare share, int bytes)
    {
        _share = share;
        _rented = ArrayPool<byte>.Shared.Rent(bytes);
    }

    public ReadOnlyMemory<byte> Bytes =>
        new(_rented ?? throw new ObjectDisposedException(nameof(RequestBody)), 0, _length);

    private bool HasToMakeRoom => _share.Displaced.IsCancellationRequested;

    /// <summary>Reads the whole body.</summary>
    /// <exception cref="ServeException">
    /// 413: the body has more than <paramref name="maxBytes"/> bytes. 503: other bodies need the memory.
    /// </exception>
    public static async Task<RequestBody> ReadAsync(
        HttpRequest request, int maxBytes, BodyMemory memory, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        // A larger body gets more memory only after this many bytes have arrived, whatever length it declares.
        var first = RentedBytes((int)Math.Clamp(request.ContentLength ?? maxBytes, 1, BodyMemory.FirstBytes));
        var body = new RequestBody(memory.Open(first), first);
        try
        {
            await body.ReadAsync(request, maxBytes, cancellationToken);
            body._share.Settle();
            return body;
        }
        catch (OperationCanceledException) when (body.HasToMakeRoom && !cancellationToken.IsCancellationRequested)
        {
            body.Dispose();
            throw new ServeException(ServeError.Busy);
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    /// <summary>Hands the array over to the caller, who must return it to the pool before this is disposed.</summary>
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

        _share.Dispose();
    }

    private async Task ReadAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        var reader = request.BodyReader;
        var whole = (int)(request.ContentLength ?? maxBytes);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_share.Displaced, cancellationToken);
        // Kestrel can't drain the rest of a body whose read was canceled with a token.
        using var cancelling = either.Token.UnsafeRegister(
            static pipe => ((PipeReader)pipe!).CancelPendingRead(), reader);
        var isLast = false;
        while (!isLast)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            try
            {
                either.Token.ThrowIfCancellationRequested();
                if (_length + result.Buffer.Length > maxBytes)
                {
                    throw TooLarge(maxBytes);
                }

                if (_length + result.Buffer.Length > _rented!.Length)
                {
                    await GrowAsync(Math.Max(whole, _length + (int)result.Buffer.Length), either.Token);
                }

                result.Buffer.CopyTo(_rented.AsSpan(_length));
                _length += (int)result.Buffer.Length;
                _share.Progressed();
            }
            finally
            {
                reader.AdvanceTo(result.Buffer.End);
            }

            isLast = result.IsCompleted;
        }
    }

    private async Task GrowAsync(int bytes, CancellationToken cancellationToken)
    {
        var rented = RentedBytes(bytes);
        await _share.ReserveAsync(rented, cancellationToken);
        var larger = ArrayPool<byte>.Shared.Rent(rented);
        _rented.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_rented!);
        _rented = larger;
    }

    /// <summary>Size of the array that the pool rents out: a power of two, up to its largest array.</summary>
    private static int RentedBytes(int bytes) =>
        bytes > PooledBytes ? bytes : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16, bytes));

    private static ServeException TooLarge(int maxBytes) => new(new ServeError(
        413, "ValidationError", $"The body exceeds the limit of {maxBytes} bytes."));
}
