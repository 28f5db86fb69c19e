using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Serving.Errors;
using ServerlessMme.Serving.Gate;
using ServerlessMme.Serving.Settings;

namespace ServerlessMme.Serving.Invocations;

/// <summary>
/// <c>POST /endpoints/{endpoint}/invocations</c>: InvokeEndpoint of a multi-model endpoint. Thread-safe.
/// </summary>
internal sealed partial class InvocationRoute(
    TargetModels targets,
    ModelCache cache,
    Invoker invoker,
    GroupInvoker groups,
    IOptions<ServeOptions> options,
    TimeProvider time)
{
    private const string Prefix = "X-Amzn-SageMaker-";

    public async Task InvokeAsync(HttpContext context, string endpoint)
    {
        var (target, variant) = ReadHeaders(context.Request, endpoint);
        if (targets.Find(target) is not { } name)
        {
            throw new ServeException(ServeError.ModelNotFound(target));
        }

        using var acquired = await AcquireAsync(name, target, context.RequestAborted);
        if (acquired.Members is not null)
        {
            await AskGroupAsync(context, name, variant);
            return;
        }

        if (acquired.Refusal is { } refusal)
        {
            throw new ServeException(refusal.Code == ErrorCode.ModelNotFound
                ? ServeError.ModelNotFound(target)
                : ServeError.Of(refusal));
        }

        var body = context.Body();
        var bytes = body.Bytes.Length;
        var model = ServedModel.Of(acquired.Lease!.Model);
        var scores = await invoker.ScoreAsync(model, context.Request.ContentType, body, context.RequestAborted);
        WriteVariant(context, variant);
        await ScoresWriter.WriteAsync(context, model, scores, bytes, time);
    }

    private async Task AskGroupAsync(HttpContext context, ModelName group, string variant)
    {
        var asLabel = ScoresWriter.AsksForLabel(context);
        var label = await groups.AskAsync(
            group,
            ScoresWriter.ImageName(context),
            context.Request.ContentType,
            context.Body(),
            asLabel ? null : int.MaxValue,
            context.RequestAborted);
        WriteVariant(context, variant);
        await (asLabel
            ? ScoresWriter.SendAsync(context, ScoresWriter.LabelType, LabelJson.Write(label))
            : GroupWriter.WriteAsync(context, label.Answers!));
    }

    private static void WriteVariant(HttpContext context, string variant) =>
        context.Response.Headers["x-Amzn-Invoked-Production-Variant"] = variant;

    /// <summary>If the model takes too long to load, the client is told to retry while loading continues.</summary>
    private async Task<AcquiredModel> AcquireAsync(ModelName name, string target, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Value.LoadTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await cache.AcquireAsync(name, null, either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested
            && !cancellationToken.IsCancellationRequested)
        {
            throw new ServeException(ServeError.NotReady(target));
        }
    }

    private static (string Target, string Variant) ReadHeaders(HttpRequest request, string endpoint)
    {
        if (endpoint.Length > 63 || !IsEndpointName(endpoint))
        {
            throw Invalid($"'{Printable.Text(endpoint)}' is not a valid endpoint name.");
        }

        var target = Read("Target-Model", 1024)
            ?? throw Invalid($"The request doesn't name a target model. Send the header {Prefix}Target-Model.");
        Read("Inference-Id", 64);
        Read("Custom-Attributes", 1024);
        return (target, Read("Target-Variant", 63) ?? "AllTraffic");

        string? Read(string name, int maxLength)
        {
            var header = request.Headers[Prefix + name];
            if (header.Count == 0)
            {
                return null;
            }

            var text = header.ToString();
            return text.Length <= maxLength && PrintableForm().IsMatch(text)
                ? text
                : throw Invalid($"The header {Prefix}{name} must have 1 to {maxLength} printable characters.");
        }
    }

    private static ServeException Invalid(string message) => new(ServeError.Validation(message));

    private static bool IsEndpointName(string text) =>
        text.Length > 0 && text[0] != '-' && text[^1] != '-' && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    [GeneratedRegex(@"\A[!-~][ -~]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PrintableForm();
}
