using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Core.Failures;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Invocations;

namespace ServerlessMme.Serving.Container;

/// <summary>The routes that SageMaker requires of a multi-model endpoint's container.</summary>
internal static class ContainerRoutes
{
    private const int MaxPage = 100;

    private static readonly JsonSerializerOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    public static void MapContainer(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/ping", context => AnswerAsync(context, new JsonObject { ["status"] = "Healthy" }));
        routes.MapGet("/models", ListAsync);
        routes.MapPost("/models", LoadAsync);
        routes.MapGet("/models/{name}", context =>
            AnswerAsync(context, Describe(Loaded(context).Find(Name(context)))));
        routes.MapDelete("/models/{name}", UnloadAsync);
        routes.MapPost("/models/{name}/invoke", InvokeAsync);
    }

    private static Task ListAsync(HttpContext context)
    {
        var start = Number(context, "next_page_token", 0, int.MaxValue) ?? 0;
        var limit = Number(context, "limit", 1, int.MaxValue) ?? MaxPage;
        var all = Loaded(context).All;
        var page = all.Skip(start).Take(Math.Min(limit, MaxPage)).ToList();
        var answer = new JsonObject { ["models"] = new JsonArray([.. page.Select(Describe)]) };
        if (start + page.Count < all.Count)
        {
            answer["nextPageToken"] = (start + page.Count).ToString(CultureInfo.InvariantCulture);
        }

        return AnswerAsync(context, answer);
    }

    private static async Task LoadAsync(HttpContext context)
    {
        var (name, url) = ReadModel(context.Body().Bytes);
        await context.RequestServices.GetRequiredService<ContainerModels>()
            .LoadAsync(name, url, context.RequestAborted);
        await AnswerAsync(context, new JsonObject { ["status"] = $"Model '{name}' was loaded" });
    }

    private static async Task UnloadAsync(HttpContext context)
    {
        var name = Name(context);
        await Loaded(context).UnloadAsync(name);
        await AnswerAsync(context, new JsonObject { ["status"] = $"Model '{name}' was unloaded" });
    }

    private static async Task InvokeAsync(HttpContext context)
    {
        using var use = await Loaded(context).UseAsync(Name(context), context.RequestAborted);
        var body = context.Body();
        var bytes = body.Bytes.Length;
        var scores = await context.RequestServices.GetRequiredService<Invoker>()
            .ScoreAsync(use.Model, context.Request.ContentType, body, context.RequestAborted);
        await ScoresWriter.WriteAsync(
            context, use.Model, scores, bytes, context.RequestServices.GetRequiredService<TimeProvider>());
    }

    private static (string Name, string Url) ReadModel(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (Text(document.RootElement, "model_name") is { Length: <= 1024 } name
                && Text(document.RootElement, "url") is { } url)
            {
                return (name, url);
            }
        }
        catch (JsonException)
        {
            // Reported below, together with missing members.
        }

        throw Refuse("The body must be {\"model_name\":\"…\",\"url\":\"…\"}.");
    }

    private static string? Text(JsonElement root, string name)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty(name, out var value)
            || value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            var text = value.GetString()!;
            return text.Any(char.IsControl)
                ? throw Refuse($"{name} '{Printable.Text(text)}' has a control character. Remove it.")
                : text.Length > 0 ? text : null;
        }
        catch (InvalidOperationException)
        {
            // JSON can escape half of a surrogate pair, which no text may contain.
            throw Refuse($"{name} is not valid Unicode: it has an unpaired surrogate or bytes that are not UTF-8.");
        }
    }

    private static int? Number(HttpContext context, string name, int min, int max)
    {
        var text = context.Request.Query[name].ToString();
        if (text.Length == 0)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max
                ? number
                : throw Refuse(
                    $"The parameter '{name}' is '{Printable.Text(text)}', but must be a whole number of at least "
                    + $"{min}.");
    }

    private static ServeException Refuse(string message) => new(new ServeError(400, "BadRequestException", message));

    private static JsonNode Describe(ModelAddress model) =>
        new JsonObject { ["modelName"] = model.Name, ["modelUrl"] = model.Url };

    private static string Name(HttpContext context) => (string)context.Request.RouteValues["name"]!;

    private static LoadedModels Loaded(HttpContext context) =>
        context.RequestServices.GetRequiredService<LoadedModels>();

    private static Task AnswerAsync(HttpContext context, JsonNode answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString(Readable), context.RequestAborted);
    }
}
