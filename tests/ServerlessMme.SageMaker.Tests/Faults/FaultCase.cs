using ServerlessMme.SageMaker.Tests.Support;
using Xunit.Sdk;

namespace ServerlessMme.SageMaker.Tests.Faults;

/// <summary>A row of the table in docs/sagemaker.md.</summary>
/// <param name="Name">The row's first cell.</param>
/// <param name="Requests">How often the endpoint is asked with three further tries allowed; its second cell.</param>
/// <param name="Image">What becomes of the image; its third cell begins so.</param>
public sealed record FaultCase(string Name, string Requests, string Image) : IXunitSerializable
{
    public const string Label = "labeled";
    public const string Queue = "returns to the queue";

    private const string More =
        ""","OriginalMessage":"of the container","LogStreamArn":"arn:aws:logs:x","OriginalStatusCode":""";

    public FaultCase()
        : this("", "", "")
    {
    }

    internal static IReadOnlyList<(FaultCase Case, Func<int, FaultAnswer> Answer)> All { get; } =
    [
        (new("`ModelNotReadyException` (429), then ready", "until ready", Label),
            n => n < 3 ? FaultAnswer.Error(429, "ModelNotReadyException", "Loading.") : Remote.Good),
        (new("`ValidationError` (400)", "1", "`EndpointRefused`"),
            _ => FaultAnswer.Error(400, "ValidationError", "Endpoint mme of account 1 not found.")),
        (new("`ModelError` (424), the container's status 400", "1", "`EndpointModelFailed`"),
            _ => ModelError(400)),
        (new("`ModelError` (424), the container's status 500", "1", "`EndpointModelFailed`"),
            _ => ModelError(500)),
        (new("`ModelError` (424), the container's status 0, 408, 429, 502, 503, 504 or 507", "4", Queue),
            n => ModelError(new[] { 0, 429, 503, 507 }[n])),
        (new("`InternalFailure` (500)", "4", Queue), _ => FaultAnswer.Error(500, "InternalFailure", "Failed.")),
        (new("`ServiceUnavailable` (503)", "4", Queue), _ => FaultAnswer.Error(503, "ServiceUnavailable", "Later.")),
        (new("`InternalDependencyException` (530)", "4", Queue),
            _ => FaultAnswer.Error(530, "InternalDependencyException", "Contact support.")),
        (new("`ThrottlingException` (400)", "4", Queue),
            _ => FaultAnswer.Error(400, "ThrottlingException", "Rate exceeded.")),
        (new("one of the four above, then success", "2", Label),
            n => n == 0 ? FaultAnswer.Error(530, "InternalDependencyException", "Once.") : Remote.Good),
        (new("`AccessDeniedException`, `ExpiredTokenException` … (403)", "1", Queue),
            _ => FaultAnswer.Error(403, "AccessDeniedException", "Not authorized: sagemaker:InvokeEndpoint.")),
        (new("413 for one image", "1", "`EndpointRequestTooLarge`"), _ => FaultAnswer.Of(413, "{}")),
        (new("another 4xx, from the service or a proxy", "1", "`EndpointRefused`"),
            _ => FaultAnswer.Of(404, "<html>Not here</html>", "text/html")),
        (new("another 5xx, from the service or a proxy", "4", Queue),
            _ => FaultAnswer.Of(502, "<html>Bad gateway</html>", "text/html")),
        (new("the connection closes without a response", "4", Queue), _ => FaultAnswer.Hangup),
        (new("the response is cut off", "4", Queue), _ => Remote.Good.CutOff()),
        (new("no response in time", "4", Queue), _ => FaultAnswer.Silence),
        (new("200 with a body that isn't JSON", "1", "`EndpointAnswerInvalid`"),
            _ => FaultAnswer.Of(200, "<html>Welcome</html>", "text/html")),
        (new("200 with a wrong number of scores, or a score that isn't a number", "1", "`EndpointAnswerInvalid`"),
            _ => FaultAnswer.Of(200, """{"predictions":[[0.5,0.5]]}""")),
    ];

    public static IEnumerable<TheoryDataRow<FaultCase>> Rows =>
        All.Select(item => new TheoryDataRow<FaultCase>(item.Case));

    public void Deserialize(IXunitSerializationInfo info)
    {
        foreach (var name in new[] { nameof(Name), nameof(Requests), nameof(Image) })
        {
            GetType().GetProperty(name)!.SetValue(this, info.GetValue<string>(name));
        }
    }

    public void Serialize(IXunitSerializationInfo info)
    {
        info.AddValue(nameof(Name), Name);
        info.AddValue(nameof(Requests), Requests);
        info.AddValue(nameof(Image), Image);
    }

    public override string ToString() => Name;

    private static FaultAnswer ModelError(int original) => FaultAnswer.Error(
        424, "ModelError", $"Received error ({original}) from model", $"{More}{original}");
}
