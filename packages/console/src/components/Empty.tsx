/** An empty list says what belongs in it and how it gets there. */
export function Empty({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children?: React.ReactNode;
}) {
  return (
    <div className="empty stack">
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      {children && <div>{children}</div>}
    </div>
  );
}
