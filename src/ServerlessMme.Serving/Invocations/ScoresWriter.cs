using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;

namespace ServerlessMme.Serving.Invocations;

/// <summary>Writes scores in TensorFlow Serving's format, or as labels if the client accepts labels.</summary>
internal static class ScoresWriter
{
    /// <summary>Media type in <c>Accept</c> that requests labels.</summary>
    public const string LabelType = "application/vnd.serverlessmme.label+json";

    public const string PredictionsType = "application/json";

    /// <summary>Returns true if the client accepts labels.</summary>
    public static bool AsksForLabel(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains(LabelType, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Returns the image's name in the label: the inference ID if there is one, otherwise <c>body</c>.
    /// </summary>
    public static string ImageName(HttpContext context) =>
        context.Request.Headers["X-Amzn-SageMaker-Inference-Id"].ToString() is { Length: > 0 } id ? id : "body";

    public static async Task SendAsync(HttpContext context, string type, ReadOnlyMemory<byte> body)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <param name="scores">One row per image or instance, with one score per label.</param>
    /// <param name="bodyBytes">Size of the request's body, which is the image's size if the body is an image.</param>
    public static async Task WriteAsync(
        HttpContext context, ServedModel model, IReadOnlyList<float[]> scores, long bodyBytes, TimeProvider time)
    {
        var asLabel = AsksForLabel(context);
        using var body = new MemoryStream(scores.Count * model.Manifest.Labels.Count * 16);
        if (asLabel)
        {
            WriteLabels(body, context, model, scores, bodyBytes, time);
        }
        else
        {
            WritePredictions(body, scores);
        }

        await SendAsync(
            context, asLabel ? LabelType : PredictionsType, body.GetBuffer().AsMemory(0, (int)body.Length));
    }

    private static void WritePredictions(MemoryStream body, IReadOnlyList<float[]> scores)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("predictions");
        foreach (var row in scores)
        {
            json.WriteStartArray();
            foreach (var score in row)
            {
                json.WriteNumberValue(score);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>Writes one label for an image, or a list of labels for instances.</summary>
    private static void WriteLabels(MemoryStream body, HttpContext context, ServedModel model,
        IReadOnlyList<float[]> scores, long bodyBytes, TimeProvider time)
    {
        var isList = context.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true;
        var name = ImageName(context);
        for (var i = 0; i < scores.Count; i++)
        {
            var image = isList
                ? new ImageReference(null, $"instance {i}", null, 0)
                : new ImageReference(null, name, null, bodyBytes);
            var top = TopClasses.Of(scores[i], model.Manifest.Labels, model.Manifest.Top);
            body.Write(isList ? i == 0 ? "["u8 : ","u8 : default);
            body.Write(LabelJson.Write(new Label(image, model.Name, top, null, time.GetUtcNow())
            {
                Labels = TopClasses.True(scores[i], model.Manifest),
                IsUnsure = TopClasses.IsUnsure(scores[i], model.Manifest),
            }));
        }

        body.Write(isList ? "]"u8 : default);
    }
}
