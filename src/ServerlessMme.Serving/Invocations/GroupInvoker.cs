using System.Runtime.CompilerServices;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;

namespace ServerlessMme.Serving.Invocations;

/// <summary>Scores the image in a request's body with every member of a group. Thread-safe.</summary>
internal sealed class GroupInvoker(BatchClassifier classifier, Admission admission)
{
    /// <summary>Waits for a turn, and scores the image. Takes over the body's memory.</summary>
    /// <param name="name">The image's name in the label.</param>
    /// <param name="top">Number of classes per answer; null uses each member's manifest.</param>
    /// <returns>The label, which has an answer per member.</returns>
    /// <exception cref="ServeException">The body isn't an image, or no member has answered.</exception>
    public async Task<Label> AskAsync(
        ModelName group,
        string name,
        string? contentType,
        RequestBody body,
        int? top,
        CancellationToken cancellationToken)
    {
        if (!Invoker.IsImage(contentType))
        {
            throw new ServeException(ServeError.Model(
                415,
                $"'{group}' is a group, which accepts only images, not '{Printable.Text(contentType)}', because its "
                + $"members may have different inputs. Send an image ({Invoker.ImageTypeNames}), or invoke a member."));
        }

        if (body.Bytes.IsEmpty)
        {
            throw Refuse(new Refusal(ErrorCode.EmptyImage, "The request has no body."));
        }

        return await admission.RunAsync(
            () => ClassifyAsync(group, name, body, top, cancellationToken), cancellationToken);
    }

    private async Task<Label> ClassifyAsync(
        ModelName group, string name, RequestBody body, int? top, CancellationToken cancellationToken)
    {
        var length = body.Bytes.Length;
        // The classifier disposes the image, unless it fails before taking the image over.
        using var image = new EncodedImage(new ImageReference(null, name, null, length), body.Take(), length);
        var sink = new OneLabel();
        await classifier.RunAsync(
            new ClassifyRequest(group, [name], Top: top), new OneImage(image), sink, observer: null, cancellationToken);
        return sink.Written switch
        {
            { Error: { } refusal } => throw Refuse(refusal),
            { Answers: not null } label => label,
            // A model has just replaced the group.
            _ => throw new ServeException(ServeError.NotReady(group.Value)),
        };
    }

    private static ServeException Refuse(Refusal refusal) => new(ServeError.Of(refusal));

    /// <summary>A source that contains only the request's image.</summary>
    private sealed class OneImage(EncodedImage image) : IImageSource
    {
        public async IAsyncEnumerable<string> ListAsync(
            ModelName model, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return image.Reference.Name;
        }

        public Task<FetchedImage> FetchAsync(
            ModelName model, string name, string? unlessETag, CancellationToken cancellationToken) =>
            Task.FromResult(new FetchedImage(image.Reference, image, null));
    }

    private sealed class OneLabel : ILabelSink
    {
        public Label? Written { get; private set; }

        public Task<LabelStamp?> FindAsync(ModelName model, string image, CancellationToken cancellationToken) =>
            Task.FromResult<LabelStamp?>(null);

        public Task<LabelStamp?> WriteAsync(ModelName model, Label label, CancellationToken cancellationToken)
        {
            Written = label;
            return Task.FromResult<LabelStamp?>(null);
        }
    }
}
