using System.Text.Json;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Core.Requests;

/// <summary>Reads <c>Microsoft.Storage.BlobCreated</c> as an Event Grid event or a CloudEvent.</summary>
internal static class BlobCreatedEvent
{
    private const string EventType = "Microsoft.Storage.BlobCreated";
    private const string Containers = "/blobServices/default/containers/";
    private const string Blobs = "/blobs/";

    public static Outcome<ClassifyRequest> Read(JsonElement element)
    {
        // Event Grid's own schema calls the type eventType, CloudEvents calls it type.
        var type = MessageParser.Text(element, "eventType") ?? MessageParser.Text(element, "type");
        if (type != EventType)
        {
            return MessageParser.Refuse(type is null
                ? "is neither a batch message (it has no \"model\") nor an event (it has no type)"
                : $"is an event of type '{Printable.Text(type)}', but only {EventType} requests labels");
        }

        var subject = MessageParser.Text(element, "subject");
        if (subject is null || !subject.StartsWith(Containers, StringComparison.Ordinal)
            || subject.IndexOf(Blobs, Containers.Length, StringComparison.Ordinal) is var slash && slash < 0)
        {
            return MessageParser.Refuse($"has the subject '{Printable.Text(subject)}', which doesn't name a blob");
        }

        var parsed = ModelName.FromImagesContainer(subject[Containers.Length..slash]);
        if (!parsed.TryGet(out var model, out var refusal))
        {
            return refusal;
        }

        var image = subject[(slash + Blobs.Length)..];
        // CloudEvents may carry a trace: the distributed tracing extension uses the names of the W3C headers.
        return ImageName.Check(image) is { } bad
            ? bad
            : new ClassifyRequest(model, [image], Trace: BatchMessage.TraceOf(element));
    }
}
