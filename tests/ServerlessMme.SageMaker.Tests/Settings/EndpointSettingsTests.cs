using ServerlessMme.Core.Failures;
using ServerlessMme.SageMaker.Settings;
using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests.Settings;

public sealed class EndpointSettingsTests
{
    [Fact]
    public async Task Every_problem_of_the_settings_is_named_at_once()
    {
        using var factory = Remote.Factory(Remote.Quick());

        var outcome = await factory.TryCreateAsync(Remote.Manifest(settings:
        [
            ("endpoint", "-bad-"), ("region", "Frankfurt"), ("payload", "tensor"), ("contentType", "jpeg"),
            ("targetModel", " x"), ("target", "x"),
        ]));

        Assert.Equal(ErrorCode.InvalidManifest, outcome.Refusal?.Code);
        Assert.Equal(
            "model.json of 'tiny' is invalid: "
            + "backend.target is unknown (known members: type, endpoint, targetModel, targetVariant, region, payload, "
            + "contentType, customAttributes); "
            + "backend.endpoint is '-bad-', but must have at most 63 letters, digits and hyphens, and no hyphen at "
            + "the start or end; "
            + "backend.targetModel is ' x', but must have at most 1,024 printable ASCII characters and not start "
            + "with a space; "
            + "backend.region is 'Frankfurt', but must be an AWS region such as eu-central-1; "
            + "backend.payload is 'tensor', but must be instances or image; "
            + "backend.contentType is 'jpeg', but must be a media type such as image/jpeg.",
            outcome.Refusal?.Message);
    }

    [Theory]
    [InlineData("instances", true)]
    [InlineData("image", false)]
    public async Task The_payload_decides_what_the_backend_takes(string payload, bool takesTensors)
    {
        using var factory = Remote.Factory(Remote.Quick());

        var backend = await factory.CreateAsync(Remote.Manifest(settings: ("payload", payload)));

        Assert.Equal(("sagemaker", takesTensors), (backend.Type, backend.TakesTensors));
    }

    [Fact]
    public void The_defaults_are_those_that_the_docs_name()
    {
        var options = new SageMakerOptions();

        Assert.Equal(
            (70, 360, 1, 200, 3, 16, 32),
            (options.AttemptTimeout.TotalSeconds, options.NotReadyLimit.TotalSeconds,
                options.NotReadyDelay.TotalSeconds, options.RetryDelay.TotalMilliseconds, options.MaxRetries,
                options.MaxInFlight, options.MaxBatch));
    }
}
