using Amazon.Runtime;
using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.SageMaker.Payloads;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker;

/// <summary>A model behind a SageMaker endpoint. Thread-safe.</summary>
internal sealed class SageMakerBackend(
    ModelName model, Manifest manifest, EndpointSettings settings, EndpointCalls calls, SageMakerOptions options)
    : IBackend
{
    private const string Json = "application/json";

    public string Type => SageMakerBackendFactory.BackendType;

    public bool TakesTensors => settings.Payload == EndpointPayload.Instances;

    /// <summary>With the payload <c>image</c>, the images of a batch are sent in parallel.</summary>
    public int MaxBatch => TakesTensors ? options.MaxBatch : options.MaxInFlight;

    /// <summary>None: the model is in the endpoint's memory.</summary>
    public long PrivateBytes => 0;

    /// <summary>Tensors are sent as text, one request body at a time. The caller counts the copies of images.</summary>
    public long RunBytes(int images) => TakesTensors
        ? Math.Min(InvokeEndpointRequest.MaxBodyBytes, images * InstancesWriter.MaxBytes(manifest.Input))
        : 0;

    public async ValueTask<IReadOnlyList<Outcome<float[]>>> ScoreAsync(
        ImageBatch batch, CancellationToken cancellationToken)
    {
        if (!TakesTensors)
        {
            return await Task.WhenAll(batch.Images.Select(image => SendImageAsync(image, cancellationToken)));
        }

        var tensors = batch.Tensors
            ?? throw new ArgumentException("The payload 'instances' needs the batch's tensors.", nameof(batch));
        var outcomes = new Outcome<float[]>[batch.Images.Count];
        await SendInstancesAsync(batch.Images, tensors, 0, outcomes, cancellationToken);
        return outcomes;
    }

    public void Dispose()
    {
        // The client belongs to the endpoint, which other models also use.
    }

    /// <summary>Sends rows until all are answered, as many per call as fit.</summary>
    private async Task SendInstancesAsync(IReadOnlyList<EncodedImage> images, TensorBatch tensors, int first,
        Memory<Outcome<float[]>> outcomes, CancellationToken cancellationToken)
    {
        for (var next = 0; next < outcomes.Length;)
        {
            using var writer = new InstancesWriter(manifest.Input, InvokeEndpointRequest.MaxBodyBytes);
            while (next + writer.Count < outcomes.Length && writer.TryAdd(tensors.Row(first + next + writer.Count)))
            {
            }

            if (writer.Count == 0)
            {
                outcomes.Span[next] = EndpointRefusals.TooLarge(model, images[first + next], settings);
                next++;
                continue;
            }

            writer.Complete();
            await SendAsync(
                writer, images, tensors, first + next, outcomes.Slice(next, writer.Count), cancellationToken);
            next += writer.Count;
        }
    }

    /// <summary>
    /// Images that the model cannot answer together are sent alone: one of them may be at fault.
    /// </summary>
    private async Task SendAsync(InstancesWriter writer, IReadOnlyList<EncodedImage> images, TensorBatch tensors,
        int first, Memory<Outcome<float[]>> outcomes, CancellationToken cancellationToken)
    {
        var sent = await SendAsync(writer.Text, Json, outcomes.Length, cancellationToken);
        if (sent.TryGet(out var rows, out var refusal))
        {
            for (var i = 0; i < rows.Length; i++)
            {
                outcomes.Span[i] = rows[i];
            }
        }
        else if (outcomes.Length == 1 || refusal.Code is ErrorCode.EndpointRefused
            or ErrorCode.EndpointAnswerInvalid)
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                outcomes.Span[i] = EndpointRefusals.For(images[first + i], refusal);
            }
        }
        else
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                await SendInstancesAsync(images, tensors, first + i, outcomes.Slice(i, 1), cancellationToken);
            }
        }
    }

    private async Task<Outcome<float[]>> SendImageAsync(EncodedImage image, CancellationToken cancellationToken)
    {
        if (image.Bytes.Length > InvokeEndpointRequest.MaxBodyBytes)
        {
            return EndpointRefusals.TooLarge(model, image, settings);
        }

        // A copy, because the image returns to its pool even if an abandoned request is still reading it.
        using var body = new PooledBuffer(image.Bytes.Length);
        body.Write(image.Bytes.Span);
        var sent = await SendAsync(body, settings.ContentType, 1, cancellationToken);
        return sent.TryGet(out var rows, out var refusal) ? rows[0] : EndpointRefusals.For(image, refusal);
    }

    private async Task<Outcome<float[][]>> SendAsync(
        PooledBuffer body, string contentType, int images, CancellationToken cancellationToken)
    {
        var answered = false;
        try
        {
            var response = await calls.InvokeAsync(
                () => new InvokeEndpointRequest
                {
                    EndpointName = settings.Endpoint,
                    Body = body.OpenRead(),
                    ContentType = contentType,
                    Accept = Json,
                    TargetModel = settings.TargetModel,
                    TargetVariant = settings.TargetVariant,
                    CustomAttributes = settings.CustomAttributes,
                },
                cancellationToken);
            answered = true;
            return Read(response.Body, images);
        }
        catch (AmazonServiceException exception)
        {
            answered = true;
            return EndpointRefusals.Of(model, settings, exception);
        }
        finally
        {
            // An abandoned request may still be reading this memory, so it must not be reused.
            if (!answered)
            {
                body.Abandon();
            }
        }
    }

    private Outcome<float[][]> Read(MemoryStream answer, int images)
    {
        var bytes = answer.GetBuffer().AsSpan(0, (int)answer.Length);
        var rows = PredictionsReader.Read(bytes, images, manifest, out var problem);
        if (rows is null)
        {
            return EndpointRefusals.Invalid(model, settings, problem);
        }

        var scores = Array.ConvertAll(rows, row => ScoreActivation.ToScores(manifest, row));
        return Array.TrueForAll(scores, row => Array.TrueForAll(row, float.IsFinite))
            ? scores
            : EndpointRefusals.Invalid(
                model, settings, "has scores that aren't probabilities, but output.temperature needs "
                    + "probabilities. Set output.activation in model.json, or remove output.temperature");
    }
}
