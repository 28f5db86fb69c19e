using System.Net;
using Amazon.Runtime;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.SageMaker.Runtime;
using ServerlessMme.SageMaker.Settings;

namespace ServerlessMme.SageMaker;

/// <summary>Refusals of images that were sent to an endpoint.</summary>
internal static class EndpointRefusals
{
    /// <summary>Creates a refusal with AWS's error code and message.</summary>
    public static Refusal Of(ModelName model, EndpointSettings settings, AmazonServiceException exception)
    {
        var original = exception is ModelErrorException error
            ? $" (container status {error.OriginalStatusCode})"
            : "";
        if (exception.StatusCode == HttpStatusCode.RequestEntityTooLarge)
        {
            return new Refusal(ErrorCode.EndpointRequestTooLarge,
                $"{Capital(Place(settings))} rejected a request for model '{model}' because it is too large: "
                + exception.Message);
        }

        return CallFailures.Of(exception) == CallFailure.ModelFailed
            ? new Refusal(ErrorCode.EndpointModelFailed,
                $"Model '{model}' at {Place(settings)} failed with {exception.ErrorCode}{original}: "
                + exception.Message)
            : new Refusal(ErrorCode.EndpointRefused,
                $"{Capital(Place(settings))} rejected a request for model '{model}' with {exception.ErrorCode}: "
                + exception.Message);
    }

    public static Refusal Invalid(ModelName model, EndpointSettings settings, string problem) => new(
        ErrorCode.EndpointAnswerInvalid,
        $"The response from {Place(settings)} for model '{model}' {problem}.");

    public static Refusal TooLarge(ModelName model, EncodedImage image, EndpointSettings settings) => new(
        ErrorCode.EndpointRequestTooLarge,
        (settings.Payload == EndpointPayload.Image ? "Image " : "In an 'instances' request, image ")
        + $"'{Printable.Text(image.Reference.Name)}' takes more than {InvokeEndpointRequest.MaxBodyBytes} bytes, "
        + "the limit for one endpoint call. "
        + (settings.Payload == EndpointPayload.Image
            ? $"Drop a smaller image for model '{model}'."
            : "If the endpoint's container accepts images, set backend.payload to 'image' in model.json of "
            + $"'{model}'."));

    /// <summary>Returns the refusal with the image's name in front.</summary>
    public static Refusal For(EncodedImage image, Refusal refusal) =>
        refusal with { Message = $"Image '{Printable.Text(image.Reference.Name)}': {refusal.Message}" };

    private static string Place(EndpointSettings settings) => settings.TargetModel is { } target
        ? $"endpoint '{settings.Endpoint}' with target model '{target}'"
        : $"endpoint '{settings.Endpoint}'";

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
