using System.Text.Json;
using System.Threading.RateLimiting;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Tracing;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;

namespace ServerlessMme.Serving.Invocations;

/// <summary>Scores the images or instances in a request's body. Thread-safe.</summary>
internal sealed class Invoker(IImagePreprocessor preprocessor, WorkingMemory memory, Admission admission)
{
    private static readonly string[] ImageTypes =
        ["application/x-image", "image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp"];

    /// <summary>The media types of images, for messages.</summary>
    public static string ImageTypeNames { get; } = string.Join(", ", ImageTypes);

    /// <summary>Returns true for the media type of an image.</summary>
    public static bool IsImage(string? contentType) => ImageTypes.Contains(MediaType(contentType));

    /// <summary>Waits for a turn, and scores the body. Takes over the body's memory if it is an image.</summary>
    /// <returns>One row per image or instance, with one score per label.</returns>
    /// <exception cref="ServeException">The body can't be read, or an image or instance was refused.</exception>
    public async Task<IReadOnlyList<float[]>> ScoreAsync(
        ServedModel model, string? contentType, RequestBody body, CancellationToken cancellationToken)
    {
        if (IsImage(contentType))
        {
            return await admission.RunAsync(() => ScoreImageAsync(model, body, cancellationToken), cancellationToken);
        }

        if (MediaType(contentType) is "application/json")
        {
            return await admission.RunAsync(
                () => ScoreInstancesAsync(model, body, cancellationToken), cancellationToken);
        }

        throw new ServeException(ServeError.Model(
            415,
            $"Content type '{Printable.Text(contentType)}' is not supported. Send application/json or an image "
            + $"({ImageTypeNames})."));
    }

    private static string MediaType(string? contentType) =>
        contentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";

    private async Task<IReadOnlyList<float[]>> ScoreImageAsync(
        ServedModel model, RequestBody body, CancellationToken cancellationToken)
    {
        if (body.Bytes.IsEmpty)
        {
            throw Refuse(new Refusal(ErrorCode.EmptyImage, "The request has no body."));
        }

        var length = body.Bytes.Length;
        var reference = new ImageReference(null, "body", null, length);
        using var image = new EncodedImage(reference, body.Take(), length);
        using var held = await HoldTensorsAsync(model, 1, cancellationToken);
        using var tensors = model.Backend.TakesTensors ? new TensorBatch(model.Manifest.Input, 1) : null;
        if (tensors is not null)
        {
            using var span = Spans.Start("decode", images: 1);
            if (await preprocessor.FillAsync(
                image, model.Manifest.Input, tensors, 0, cancellationToken) is { } refusal)
            {
                throw Refuse(refusal);
            }
        }

        return await ScoreAsync(model, new ImageBatch([image], tensors), cancellationToken);
    }

    private async Task<IReadOnlyList<float[]>> ScoreInstancesAsync(
        ServedModel model, RequestBody body, CancellationToken cancellationToken)
    {
        if (!model.Backend.TakesTensors)
        {
            throw new ServeException(ServeError.Model(
                415, "This model accepts only images, not instances. Send an image."));
        }

        try
        {
            var reader = new InstancesReader(body.Bytes, model.Manifest.Input);
            var scores = new List<float[]>();
            var capacity = model.Loaded.FitBatch(
                model.Backend.MaxBatch, memory.Tensors.LargestBytes, memory.Runs.LargestBytes);
            using var held = await HoldTensorsAsync(model, capacity, cancellationToken);
            using var tensors = new TensorBatch(model.Manifest.Input, capacity);
            while (true)
            {
                var rows = 0;
                while (rows < tensors.Capacity && reader.TryRead(tensors.Row(rows)))
                {
                    rows++;
                }

                if (rows > 0)
                {
                    scores.AddRange(await ScoreAsync(
                        model, new ImageBatch(Stand(scores.Count, rows), tensors), cancellationToken));
                }

                if (rows < tensors.Capacity)
                {
                    return scores.Count > 0 ? scores : throw new JsonException("the list of instances is empty");
                }
            }
        }
        catch (JsonException exception)
        {
            throw new ServeException(ServeError.Model(
                400, $"The body is not a valid {{\"instances\":[…]}}: {Problem(body.Bytes.Span, exception)}"));
        }
    }

    private ValueTask<RateLimitLease> HoldTensorsAsync(
        ServedModel model, int images, CancellationToken cancellationToken) => memory.Tensors.AcquireAsync(
            Math.Min(model.Loaded.TensorBytes(images), memory.Tensors.LargestBytes), cancellationToken);

    private async Task<IReadOnlyList<float[]>> ScoreAsync(
        ServedModel model, ImageBatch batch, CancellationToken cancellationToken)
    {
        using var running = await memory.Runs.AcquireAsync(
            Math.Min(model.Backend.RunBytes(batch.Images.Count), memory.Runs.LargestBytes), cancellationToken);
        using var span = Spans.Start("score", batch.Images.Count);
        var outcomes = await model.Backend.ScoreAsync(batch, cancellationToken);
        return [.. outcomes.Select(outcome =>
            outcome.TryGet(out var scores, out var refusal) ? scores : throw Refuse(refusal))];
    }

    /// <summary>
    /// Creates empty images as names for the instances, because an instance is a tensor without an image.
    /// </summary>
    private static EncodedImage[] Stand(int first, int count) =>
        [.. Enumerable.Range(first, count).Select(i =>
            new EncodedImage(new ImageReference(null, $"instance {i}", null, 0), [], 0))];

    /// <summary>
    /// Describes the problem. Our own exceptions have no line number, unlike those of the JSON reader.
    /// </summary>
    private static string Problem(ReadOnlySpan<byte> json, JsonException exception) => exception.LineNumber is null
        ? Printable.Text(exception.Message, 300)
        : JsonProblem.Describe(json, exception);

    private static ServeException Refuse(Refusal refusal) => new(ServeError.Of(refusal));
}
