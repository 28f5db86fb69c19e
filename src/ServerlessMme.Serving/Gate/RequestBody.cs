using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Serving.Errors;

namespace ServerlessMme.Serving.Gate;

/// <summary>A request's body, in memory rented from the shared pool. Not thread-safe.</summary>
internal sealed class RequestBody : IDisposable
{
    // Most images fit. A larger body gets memory only as it arrives, whatever length it declares.
    private const int FirstBytes = 64 << 10;
    private const int SmallestBytes = 16;
    private const int PooledBytes = 1 << 30;

    private readonly BodyShare _share;
    private byte[]? _rented;
    private int _length;

    private RequestBody(BodyShare share) => _share = share;

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

        var body = new RequestBody(memory.Open());
        try
        {
            body.Grow((int)Math.Clamp(request.ContentLength ?? FirstBytes, SmallestBytes, FirstBytes));
            await body.ReadAsync(request.BodyReader, maxBytes, cancellationToken);
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

    private async Task ReadAsync(PipeReader reader, int maxBytes, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_share.Displaced, cancellationToken);
        // Kestrel can't drain the rest of a body whose read was cancelled with a token.
        using var cancelling = either.Token.UnsafeRegister(
            static pipe => ((PipeReader)pipe!).CancelPendingRead(), reader);
        var isLast = false;
        while (!isLast)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            try
            {
                either.Token.ThrowIfCancellationRequested();
                Add(result.Buffer, maxBytes);
            }
            finally
            {
                reader.AdvanceTo(result.Buffer.End);
            }

            isLast = result.IsCompleted;
        }
    }

    private void Add(ReadOnlySequence<byte> bytes, int maxBytes)
    {
        if (_length + bytes.Length > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var length = _length + (int)bytes.Length;
        if (length > _rented!.Length)
        {
            Grow((int)Math.Min(Math.Max(2L * _rented.Length, length), maxBytes));
        }

        bytes.CopyTo(_rented.AsSpan(_length));
        _length = length;
    }

    private void Grow(int bytes)
    {
        // The pool hands out powers of two up to its largest array.
        _share.Take(bytes > PooledBytes ? bytes : (int)BitOperations.RoundUpToPowerOf2((uint)bytes));
        var larger = ArrayPool<byte>.Shared.Rent(bytes);
        if (_rented is { } smaller)
        {
            smaller.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(smaller);
            _share.Return(smaller.Length);
        }

        _rented = larger;
    }

    private static ServeException TooLarge(int maxBytes) => new(new ServeError(
        413, "ValidationError", $"The body has more than {maxBytes} bytes, which is all that one call takes."));
}
