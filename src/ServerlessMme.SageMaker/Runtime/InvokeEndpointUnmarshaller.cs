using System.Net;
using Amazon.Runtime;
using Amazon.Runtime.Internal.Transform;

namespace ServerlessMme.SageMaker.Runtime;

/// <summary>Reads a response or an error.</summary>
internal sealed class InvokeEndpointUnmarshaller : JsonResponseUnmarshaller
{
    // Several times the service's own limit, so only a misbehaving server exceeds it.
    private const int MaxAnswerBytes = 64 << 20;

    public static InvokeEndpointUnmarshaller Instance { get; } = new();

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext context) => new InvokeEndpointResponse
    {
        Body = ReadAll(context.Stream),
        ContentType = Header(context, "Content-Type"),
        InvokedProductionVariant = Header(context, "x-Amzn-Invoked-Production-Variant"),
        CustomAttributes = Header(context, "X-Amzn-SageMaker-Custom-Attributes"),
        NewSessionId = Header(context, "X-Amzn-SageMaker-New-Session-Id"),
        ClosedSessionId = Header(context, "X-Amzn-SageMaker-Closed-Session-Id"),
    };

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext context, Exception innerException, HttpStatusCode statusCode)
    {
        using var body = ReadAll(context.Stream);
        return ErrorReader.Read(Header(context, "x-amzn-ErrorType"), Header(context, "x-amzn-RequestId"),
            body.GetBuffer().AsSpan(0, (int)body.Length), statusCode, innerException);
    }

    private static MemoryStream ReadAll(Stream stream)
    {
        var body = new MemoryStream();
        var chunk = new byte[16 << 10];
        for (var read = stream.Read(chunk); read > 0; read = stream.Read(chunk))
        {
            if (body.Length + read > MaxAnswerBytes)
            {
                throw new IOException($"The endpoint's response exceeds the limit of {MaxAnswerBytes} bytes.");
            }

            body.Write(chunk, 0, read);
        }

        body.Position = 0;
        return body;
    }

    private static string? Header(JsonUnmarshallerContext context, string name) =>
        context.ResponseData.IsHeaderPresent(name) ? context.ResponseData.GetHeaderValue(name) : null;
}
