namespace ServerlessMme.Emulator.Background;

/// <summary>The ports of 127.0.0.1 at which storage listens.</summary>
public sealed record StoragePorts(int Blob, int Queue, int Table)
{
    /// <summary>The ports that Azurite takes by itself, and that <c>UseDevelopmentStorage=true</c> means.</summary>
    public static StoragePorts Default { get; } = new(10000, 10001, 10002);
}

/// <summary>The ports that a user asks for. Null is the default, and zero takes a free one.</summary>
public sealed record PortRequest(int? Blob = null, int? Queue = null, int? Table = null)
{
    internal StoragePorts OrDefault() => new(
        Blob ?? StoragePorts.Default.Blob, Queue ?? StoragePorts.Default.Queue, Table ?? StoragePorts.Default.Table);

    /// <summary>True when storage at these ports is what was asked for.</summary>
    internal bool IsMetBy(StoragePorts ports) =>
        IsMet(Blob, ports.Blob) && IsMet(Queue, ports.Queue) && IsMet(Table, ports.Table);

    private static bool IsMet(int? asked, int port) => asked is null or 0 || asked == port;
}
