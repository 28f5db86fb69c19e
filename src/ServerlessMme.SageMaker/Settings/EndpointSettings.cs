using System.Text.RegularExpressions;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.SageMaker.Settings;

/// <summary>The kind of request body that an endpoint gets.</summary>
internal enum EndpointPayload
{
    /// <summary>TensorFlow Serving's JSON: tensors of many images in one call.</summary>
    Instances,

    /// <summary>The encoded image as it was dropped, one per call.</summary>
    Image,
}

/// <summary>The validated <c>backend</c> section of a remote model's manifest.</summary>
internal sealed partial record EndpointSettings(
    string Endpoint,
    string? TargetModel,
    string? TargetVariant,
    string? Region,
    EndpointPayload Payload,
    string ContentType,
    string? CustomAttributes)
{
    private const string Known =
        "endpoint, targetModel, targetVariant, region, payload, contentType, customAttributes";

    private const string EndpointRule =
        "must have at most 63 letters, digits and hyphens, and no hyphen at the start or end";

    private const string HeaderRule = "must have at most 1,024 printable ASCII characters and not start with a space";

    /// <summary>
    /// Reads the settings. A refusal with <see cref="ErrorCode.InvalidManifest"/> lists all problems together.
    /// </summary>
    public static Outcome<EndpointSettings> Read(ModelName model, BackendSpec backend)
    {
        var problems = new List<string>();
        var settings = backend.Settings;
        foreach (var name in settings.Keys.Where(name => !Known.Split(", ").Contains(name)).Order())
        {
            problems.Add($"backend.{Printable.Text(name, 40)} is unknown (known members: type, {Known})");
        }

        var endpoint = Text("endpoint", EndpointForm(), EndpointRule);
        if (endpoint is null && !settings.ContainsKey("endpoint"))
        {
            problems.Add("backend.endpoint is missing (the name of the SageMaker endpoint)");
        }

        var read = new EndpointSettings(
            endpoint ?? "",
            Text("targetModel", HeaderForm(), HeaderRule),
            Text("targetVariant", EndpointForm(), EndpointRule),
            Text("region", RegionForm(), "must be an AWS region such as eu-central-1"),
            ReadPayload(settings, problems),
            Text("contentType", ContentTypeForm(), "must be a media type such as image/jpeg") ?? "application/x-image",
            Text("customAttributes", HeaderForm(), HeaderRule));
        return problems.Count == 0 ? read : new Refusal(ErrorCode.InvalidManifest,
            $"model.json of '{model}' is invalid: {string.Join("; ", problems)}.");

        string? Text(string name, Regex form, string rule)
        {
            if (!settings.TryGetValue(name, out var text))
            {
                return null;
            }

            if (form.IsMatch(text))
            {
                return text;
            }

            problems.Add($"backend.{name} is '{Printable.Text(text, 80)}', but {rule}");
            return null;
        }
    }

    private static EndpointPayload ReadPayload(IReadOnlyDictionary<string, string> settings, List<string> problems)
    {
        switch (settings.GetValueOrDefault("payload", "instances"))
        {
            case "instances":
                return EndpointPayload.Instances;
            case "image":
                return EndpointPayload.Image;
            default:
                problems.Add($"backend.payload is '{Printable.Text(settings["payload"], 40)}', but must be "
                    + "instances or image");
                return EndpointPayload.Instances;
        }
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9](?=.{0,62}\z)(-*[a-zA-Z0-9])*\z", RegexOptions.CultureInvariant)]
    private static partial Regex EndpointForm();

    [GeneratedRegex(@"\A[!-~][ -~]{0,1023}\z", RegexOptions.CultureInvariant)]
    private static partial Regex HeaderForm();

    [GeneratedRegex(@"\A[a-z]{2,3}(-[a-z]+)+-\d{1,2}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RegionForm();

    [GeneratedRegex(@"\A[a-z]+/[a-zA-Z0-9.+-]{1,100}\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContentTypeForm();
}
