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
            "The manifest model.json of 'tiny' breaks its schema: "
            + "backend.target is not known; known are type, endpoint, targetModel, targetVariant, region, payload, "
            + "contentType, customAttributes; "
            + "backend.endpoint is '-bad-', but must be letters, digits and single hyphens, at most 63; "
            + "backend.targetModel is ' x', but must be printable ASCII, at most 1,024 characters; "
            + "backend.region is 'Frankfurt', but must look like eu-central-1; "
            + "backend.payload is 'tensor', but must be one of instances, image; "
            + "backend.contentType is 'jpeg', but must look like image/jpeg. "
            + "docs/sagemaker.md describes the backend 'sagemaker'.",
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
