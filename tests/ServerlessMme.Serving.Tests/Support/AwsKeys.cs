namespace ServerlessMme.Serving.Tests.Support;

/// <summary>An access key for tests, and the environment variables in which AWS's clients expect it.</summary>
internal static class AwsKeys
{
    public const string Id = "AKIDEXAMPLE";
    public const string Secret = "secret-of-the-tests";

    public static readonly IReadOnlyDictionary<string, string> Environment = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = Id,
        ["AWS_SECRET_ACCESS_KEY"] = Secret,
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
    };
}
