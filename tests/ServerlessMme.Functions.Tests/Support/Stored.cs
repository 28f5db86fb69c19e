using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Requests;

namespace ServerlessMme.Functions.Tests.Support;

/// <summary>Reads results of functions.</summary>
internal static class Stored
{
    /// <summary>The label of an image; null when there is none.</summary>
    public static async Task<JsonNode?> LabelAsync(this App app, ModelName model, string image)
    {
        var blob = app.Account.LabelsOf(model).GetBlobClient(LabelName.Of(image));
        return await blob.ExistsAsync(TestContext.Current.CancellationToken)
            ? JsonNode.Parse((await blob.DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content)
            : null;
    }

    /// <summary>The reason beside a poison message; null when there is none.</summary>
    public static async Task<JsonNode?> ReasonAsync(this App app, string message)
    {
        var digest = MessageDigest.Of(Encoding.UTF8.GetBytes(message));
        var blob = app.Account.Jobs.GetBlobClient(PoisonWriter.ReasonName(digest));
        return await blob.ExistsAsync(TestContext.Current.CancellationToken)
            ? JsonNode.Parse((await blob.DownloadContentAsync(TestContext.Current.CancellationToken)).Value.Content)
            : null;
    }

    /// <summary>Messages waiting on the queue, as JSON.</summary>
    public static async Task<IReadOnlyList<JsonNode>> QueuedAsync(this App app) =>
    [
        .. (await app.Account.Classify.PeekMessagesAsync(32, TestContext.Current.CancellationToken)).Value.Select(
            message => JsonNode.Parse(ServerlessMme.Core.Requests.MessageParser.Decode(message.Body.ToMemory()).Span)!),
    ];

    /// <summary>The status and JSON of an HTTP function's answer.</summary>
    public static (int Status, JsonNode Body) Read(this IActionResult answer)
    {
        var content = Assert.IsType<ContentResult>(answer);
        Assert.Equal("application/json", content.ContentType);
        return (content.StatusCode!.Value, JsonNode.Parse(content.Content!)!);
    }
}
