using System.Buffers;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Functions.Invocations;

/// <summary>Answers InvokeEndpoint with the flow that answers drops: an image in, its label out. Thread-safe.</summary>
public sealed class InvocationHandler(
    BatchClassifier classifier, IOptions<ImageOptions> images, ILogger<InvocationHandler> logger)
{
    private static readonly string[] Suffixes = [".tar.gz", ".json"];

    public async Task<InvocationAnswer> HandleAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(invocation.TargetModel))
            return InvocationErrors.Validation("The request is missing a target model header.");
        if (!ModelName.Parse(WithoutSuffix(invocation.TargetModel)).TryGet(out var model, out var refusal))
            return InvocationErrors.Of(refusal);
        if (!IsImage(invocation.ContentType))
            return InvocationErrors.ContentType(invocation.ContentType);
        var body = await ReadAsync(invocation, cancellationToken);
        if (body is null)
        {
            var bytes = invocation.ContentLength ?? images.Value.MaxBytes + 1L;
            return InvocationErrors.Of(images.Value.RefuseSize("The body", bytes));
        }

        try
        {
            var one = new OneImage(body);
            await classifier.RunAsync(
                new ClassifyRequest(model, [body.Reference.Name]), one, one, cancellationToken);
            var label = one.Label!;
            return label.Error is null
                ? new InvocationAnswer(200, null, "application/json", Encoding.UTF8.GetString(LabelJson.Write(label)))
                : InvocationErrors.Of(label.Error);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(exception, "An invocation of {Model} failed", model);
            return InvocationErrors.Unavailable();
        }
    }

    private static string WithoutSuffix(string targetModel)
    {
        var name = targetModel.TrimStart('/');
        var suffix = Array.Find(Suffixes, s => name.EndsWith(s, StringComparison.Ordinal));
        return suffix is null ? name : name[..^suffix.Length];
    }

    private static bool IsImage(string? contentType)
    {
        var type = contentType?.Split(';')[0].Trim() ?? "";
        return type.StartsWith("image/", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/x-image", StringComparison.OrdinalIgnoreCase)
            || type.Equals("application/octet-stream", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The body; null when it has more bytes than an image may have.</summary>
    private async Task<EncodedImage?> ReadAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var max = images.Value.MaxBytes;
        if (invocation.ContentLength > max)
            return null;
        var rented = ArrayPool<byte>.Shared.Rent((int)(invocation.ContentLength ?? (64 << 10)) + 1);
        var length = 0;
        while (true)
        {
            var read = await invocation.Body.ReadAsync(rented.AsMemory(length), cancellationToken);
            length += read;
            if (read == 0 || length > max)
                break;
            if (length == rented.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(max + 1L, rented.Length * 2L));
                rented.AsSpan(0, length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(rented);
                rented = larger;
            }
        }

        if (length <= max)
            return new EncodedImage(new ImageReference(null, "body", null, length), rented, length);
        ArrayPool<byte>.Shared.Return(rented);
        return null;
    }
}
